"""The studios of lessons 02 to 05 as one page: page.py is the application, tabs.py what is in it."""
