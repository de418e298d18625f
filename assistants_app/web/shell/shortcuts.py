"""The actions of the keyboard and of the command palette, in one table.

An action clicks or focuses an element of the page, so that its effect is defined only once. It is
available on each page that has the element.
"""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGE = ".msg:focus-within "
REPLY = ".msg:not(.user):focus-within "
# Where forks part: before the message with the focus, or nearest to the end.
AT_MESSAGE = ".branches:has(+ .beside + .msg:focus-within)"
LAST_BRANCH = ".branches:not(:has(~ .branches))"
# Where Home and End mean the thread: its messages have the focus, or nothing has.
READING = "body:is(:not(:has(:focus)), :has(#messages:focus-within))"


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a key or the palette does.

    `keys`: chords separated by spaces, in the notation of ``static/js/pure/keys.js``.
    ``Esc,Esc`` is two keys in a row.
    `clicks`, `focuses`: CSS selectors; the first element that exists counts.
    `steps`: 1 or -1 to move to the next or previous match of `focuses`.
    """

    name: str | Promise
    keys: str
    clicks: str = ""
    focuses: str = ""
    steps: int = 0

    @property
    def chords(self) -> list[list[str]]:
        """Return the keys to press for each chord."""
        # A plus or a comma between keys separates them. One that is alone is a key.
        return [re.split(r"(?<=.)[+,](?=.)", chord) for chord in self.keys.split()]


GROUPS: list[tuple[str | Promise, list[Action]]] = [
    (
        _("Everywhere"),
        [
            Action(_("Search and commands"), "Ctrl+K", "[data-act=palette]"),
            Action(_("Keyboard shortcuts"), "?", "[data-act=keys]"),
            Action(_("Switch theme"), "Ctrl+.", "[data-theme-switch]"),
            Action(_("Filter this list"), "/", focuses="main [name=q]:not([hidden] *)"),
        ],
    ),
    (
        _("Thread"),
        [
            Action(
                _("Add and run"),
                "Ctrl+Enter",
                # While a run is active, the button queues the message instead.
                "#run-controls [value=run], #run-controls [value=queue]",
            ),
            Action(
                _("Add without running"),
                "Ctrl+Shift+Enter",
                "#run-controls [value=add], #run-controls [value=queue]",
            ),
            Action(
                _("Run the last message again and compare"), "Ctrl+Shift+R", "[data-act=repeat]"
            ),
            Action(_("Show what differs between two answers"), "D", "[data-look=changes]"),
            Action(_("Previous branch"), ",", f"{AT_MESSAGE} [rel=prev], {LAST_BRANCH} [rel=prev]"),
            Action(_("Next branch"), ".", f"{AT_MESSAGE} [rel=next], {LAST_BRANCH} [rel=next]"),
            # Twice, because a single Escape closes menus and dialogs.
            Action(_("Stop the run"), "Esc,Esc", "[data-stop]"),
            Action(
                # The table has each key once.
                _("Answer the waiting calls, or prefer reply A"),
                "A Alt+5",
                "[data-answer], [data-prefer=A]",
            ),
            Action(_("New thread"), "N", "[data-act=new-thread]"),
            Action(_("Find in this thread"), "Ctrl+Shift+F", "[data-find]"),
            Action(_("First message"), "Home", f"{READING} [data-go=first]"),
            Action(_("Last message"), "End", f"{READING} [data-go=last]"),
            Action(_("Next message"), "J", focuses="article.msg", steps=1),
            Action(_("Previous message"), "K", focuses="article.msg", steps=-1),
            Action(_("Edit this message"), "E", f"{MESSAGE}[data-act=edit]"),
            Action(_("Fork from this message"), "F", f"{MESSAGE}[data-act=fork]"),
            Action(_("Run again from this message"), "R", f"{MESSAGE}[data-act=rerun]"),
            Action(_("Copy this message"), "C", f"{MESSAGE}[data-act=copy]"),
            Action(_("Rate this reply as good"), "+", f"{REPLY}[data-act=rate-up]"),
            Action(_("Rate this reply as bad"), "-", f"{REPLY}[data-act=rate-down]"),
            Action(_("Comment on this message"), "M", f"{MESSAGE}[data-act=comment]"),
            Action(_("Add this message to a test set"), "T", f"{MESSAGE}[data-act=test]"),
            Action(_("Show this message's run in the log"), "L", f"{MESSAGE}[data-act=log]"),
        ],
    ),
    (
        _("Assistant"),
        [
            Action(
                _("New assistant"),
                "Shift+N",
                "[popovertarget=new-assistant]",
                "#new-assistant button",
            ),
            Action(_("Publish"), "Ctrl+S", "[data-act=publish]"),
            Action(_("Compare with the published version"), "Ctrl+Shift+D", "[data-act=diff]"),
        ],
    ),
    (
        _("Runs"),
        [
            Action(_("Previous run"), "[", "[data-previous-run]"),
            Action(_("Next run"), "]", "[data-next-run]"),
        ],
    ),
    (
        _("Grading"),
        [
            *(
                Action(
                    _("Grade the next reply: %d of 5") % points,
                    f"{points}",
                    f"[data-grade='{points}']",
                )
                for points in range(1, 6)
            ),
            Action(_("Prefer reply B"), "B", "[data-prefer=B]"),
            Action(_("Equally good"), "=", "[data-prefer=tie]"),
            Action(_("Undo the last grade"), "U", "[data-act=undo-grade]"),
        ],
    ),
    (
        _("Panels"),
        [
            Action(_("Go to assistants"), "Alt+1", "[data-panel-tab=list]", "#list"),
            Action(_("Go to setup"), "Alt+2", "[data-panel-tab=cfg]", "#cfg"),
            Action(_("Go to thread"), "Alt+3", "[data-panel-tab=main]", "#main"),
            Action(_("Go to run log"), "Alt+4", "[data-panel-tab=logs]", "#logs"),
            Action(_("Hide or show assistants"), "Alt+Shift+1", "[data-hide=list]"),
            Action(_("Hide or show setup"), "Alt+Shift+2", "[data-hide=cfg]"),
            Action(_("Hide or show thread"), "Alt+Shift+3", "[data-hide=main]"),
            Action(_("Hide or show run log"), "Alt+Shift+4", "[data-hide=logs]"),
        ],
    ),
]


def actions_like(text: str) -> list[Action]:
    """Return the actions whose names contain all words of `text`, in the table's order."""
    words = text.lower().split()
    every = [action for _name, group in GROUPS for action in group]
    return [item for item in every if all(word in str(item.name).lower() for word in words)]
