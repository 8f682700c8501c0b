from tests.unit.bot.cards.gallery import GALLERY
from tests.unit.bot.cards.gallery.drawn import SNAPSHOTS, drawn

SNAPSHOTS.mkdir(exist_ok=True)
for title, sheet in GALLERY.items():
    (SNAPSHOTS / f"{title}.txt").write_text(drawn(sheet))
