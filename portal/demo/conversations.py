"""placeholder"""


def write(services):
    pass
