"""The control page, for people."""


def render(sim: object) -> str:
    return "<h1>Shopee simulator</h1>"
