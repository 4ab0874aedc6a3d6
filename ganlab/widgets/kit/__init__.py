"""What every widget of the course is made of: the parts that a family's ``widget/`` puts together.

=========== ==========================================================================================================
session.py  a page's questions and the kernel's answers, numbered; the one place where an error becomes a sentence
upload.py   a person's file: its pieces, its size, the picture in it
values.py   what is checked of a message: numbers, choices, masks and regions as text
samples.py  a picture that can be chosen, its thumbnail, and pictures as text
show.py     a widget in a notebook, and a still picture of it for pages without a kernel
page.py     the files of a page side, joined into what a widget may send
kit.js      nodes of the page, and questions to the kernel: one at a time, whatever number of views there are
files.js    files chosen or dropped, on their way to the kernel in pieces
drawing.js  canvases that are drawn when they are seen
strokes.js  a round brush for mouse, finger and keyboard; two pictures with a divider between them
kit.css     how widgets look
=========== ==========================================================================================================
"""
