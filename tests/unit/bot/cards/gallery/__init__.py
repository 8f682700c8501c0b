"""Each state of each card as an example with a name, on sheets.

The snapshots, the property tests, the comparison with Telegram's parser and the pictures of docs/cards.md run
over all of them. A new card is added to a sheet, or to one of its own: a name, the function, and its values.
`python -m tests.unit.bot.cards.gallery` then writes the snapshots anew, `make cards` the pictures.
"""

from __future__ import annotations

from tests.unit.bot.cards.gallery.alerts import ALERTS
from tests.unit.bot.cards.gallery.backups import BACKUPS
from tests.unit.bot.cards.gallery.choosing import CHOOSING
from tests.unit.bot.cards.gallery.example import Sheet
from tests.unit.bot.cards.gallery.figures import FIGURES
from tests.unit.bot.cards.gallery.looking_back import LOOKING_BACK
from tests.unit.bot.cards.gallery.people import PEOPLE
from tests.unit.bot.cards.gallery.plans import PLANS
from tests.unit.bot.cards.gallery.probations import PROBATIONS
from tests.unit.bot.cards.gallery.progress import PROGRESS
from tests.unit.bot.cards.gallery.pushes import PUSHES
from tests.unit.bot.cards.gallery.results import RESULTS
from tests.unit.bot.cards.gallery.routines import ROUTINES
from tests.unit.bot.cards.gallery.service_logs import SERVICE_LOGS
from tests.unit.bot.cards.gallery.several import SEVERAL
from tests.unit.bot.cards.gallery.standings import STANDINGS
from tests.unit.bot.cards.gallery.troubles import TROUBLES

GALLERY: dict[str, Sheet] = {
    "plan": PLANS,
    "progress": PROGRESS,
    "result": {**RESULTS, **PROBATIONS},
    "push": PUSHES,
    "backups": BACKUPS,
    "status": {**STANDINGS, **SEVERAL},
    "history": LOOKING_BACK,
    "stats": FIGURES,
    "logs": SERVICE_LOGS,
    "choosing": CHOOSING,
    "routines": ROUTINES,
    "people": PEOPLE,
    "trouble": TROUBLES,
    "alerts": ALERTS,
}
EXAMPLES = {
    f"{sheet}: {name}": example for sheet, shown in GALLERY.items() for name, example in shown.items()
}
