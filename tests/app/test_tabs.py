"""What is in the application's tabs: texts, ways, and networks that are loaded once."""

import pytest

from ganlab.app import tabs


def test_every_pane_is_in_one_tab_and_every_way_leads_to_one():
    panes = [pane for tab in tabs.TABS.values() for pane in tab.panes]
    assert sorted(panes) == sorted(tabs.PANES)
    for pane in tabs.PANES:
        for goal in tabs.TABS[tabs.tab_of(pane)].goes_to:
            assert tabs.receiving_pane(pane, goal) in tabs.TABS[goal].panes
            assert tabs.PANES[tabs.receiving_pane(pane, goal)].take is not None


@pytest.mark.parametrize(("origin", "tab"), [("enlarge", "generate"), ("nobody", "style"), ("generate", "__class__")])
def test_a_way_that_does_not_exist_is_one_sentence(origin, tab):
    with pytest.raises(ValueError, match="cannot go to"):
        tabs.receiving_pane(origin, tab)


def test_a_network_is_loaded_once():
    assert tabs.network("dcgan-faces64") is tabs.network("dcgan-faces64")
