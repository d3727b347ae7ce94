"""Draws ../assets/state-*.png, the pictures that other sites show beside a link to a page: `python3 state-images.py` (needs Pillow 11 or later).

One picture per state, 1200 by 630 pixels, without words, since pages have many languages: the state's icon (../templates/icons.html) over the
trace of ninety days (`.h` in ../assets/style.css), in the middle of it, unless all is well, a day that is as tall as the state is bad.
"""

import pathlib

from PIL import Image, ImageDraw

WIDTH, HEIGHT, FINER = 1200, 630, 4
BACKGROUND, CALM = "#fbfaf7", "#24978a"
# Steps from background to colour along slanted edges: enough for the eye, few enough for a small file.
STEPS = 6
# Mark: colour of `--MARKf` and height of the day as in the trace, where 1 is all of it.
STATES = {
    "ok": ("#24978a", 0.25),
    "mt": ("#3a5fc0", 0.40),
    "dg": ("#b58000", 0.55),
    "pa": ("#a8400f", 0.78),
    "ma": ("#5c0a2a", 1.0),
    "no": ("#8b867d", 0.04),
}
# The icon's square of 24 units, and the stroke of the page's verdict.
ICON, CENTRE, STROKE = 288, (600, 220), 1.7
LINE, REACH, DAY, DAYS = 478, 92, 12, 90


def rgb(colour):
    return tuple(int(colour[place:place + 2], 16) for place in (1, 3, 5))


def icon(draw, mark):
    unit = ICON * FINER / 24
    left, top = (centre * FINER - ICON * FINER / 2 for centre in CENTRE)
    half = STROKE * unit / 2

    def line(*points, closed=False):
        points = [(left + x * unit, top + y * unit) for x, y in points]
        points += points[:1] if closed else []
        draw.line(points, fill=255, width=round(2 * half))
        for x, y in points:
            draw.ellipse((x - half, y - half, x + half, y + half), fill=255)

    def ring():
        box = (left + 3 * unit - half, top + 3 * unit - half, left + 21 * unit + half, top + 21 * unit + half)
        draw.ellipse(box, outline=255, width=round(2 * half))
        return box

    if mark == "ok":
        ring()
        line((8, 12.5), (10.8, 15.3), (16, 9.5))
    elif mark == "mt":
        line((12, 2.5), (21.5, 12), (12, 21.5), (2.5, 12), closed=True)
        line((12, 8), (12, 12.5), (14.5, 14.5))
    elif mark == "dg":
        line((12, 4), (2.8, 20), (21.2, 20), closed=True)
        line((12, 10), (12, 14.5))
        line((12, 17.1), (12, 17.2))
    elif mark == "pa":
        draw.pieslice(ring(), -90, 90, fill=255)
        line((12, 3), (12, 21))
    elif mark == "ma":
        line((4, 4), (20, 4), (20, 20), (4, 20), closed=True)
        line((9, 9), (15, 15))
        line((15, 9), (9, 15))
    else:
        line((5, 12), (19, 12))


def picture(mark, colour, height):
    mask = Image.new("L", (WIDTH * FINER, HEIGHT * FINER))
    icon(ImageDraw.Draw(mask), mark)
    mask = mask.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    drawn = mask.point([round(value * STEPS / 255) for value in range(256)]).convert("P")
    first, last = rgb(BACKGROUND), rgb(colour)
    ramp = [round(a + (b - a) * step / STEPS) for step in range(STEPS + 1) for a, b in zip(first, last)]
    drawn.putpalette(ramp + list(rgb(CALM)))
    draw = ImageDraw.Draw(drawn)
    edge = (WIDTH - DAYS * DAY) // 2
    if mark == "no":
        draw.rectangle((edge, LINE - 1, WIDTH - edge - 1, LINE + 1), fill=STEPS)
        return drawn
    for day in range(DAYS):
        draw.rectangle((edge + day * DAY + 2, LINE - 14, edge + day * DAY + 8, LINE + 13), fill=STEPS + 1)
    if mark == "ok":
        return drawn
    # The day in the middle, with room around it.
    x = edge + DAYS // 2 * DAY
    draw.rectangle((x, LINE - REACH, x + 11, LINE + REACH), fill=0)
    tall = round(REACH * height)
    draw.rectangle((x, LINE - tall, x + 10, LINE + tall - 1), fill=STEPS)
    return drawn


for mark, (colour, height) in STATES.items():
    path = pathlib.Path(__file__).parent.parent / "assets" / f"state-{mark}.png"
    picture(mark, colour, height).save(path, optimize=True, bits=4)
    print(path.name, path.stat().st_size)
