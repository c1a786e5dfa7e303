"""Says plainly, before anything is installed, whether the portal can listen at the address asked for."""

import errno
import socket
import sys


def problem(bind: str) -> str | None:
    """One sentence if `host:port` can't be listened at, else None."""
    host, colon, port = bind.rpartition(":")
    host = host.strip("[]")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        return f"BIND must look like 127.0.0.1:8000 or [::1]:8000, and is '{bind}'."
    try:
        found = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)
    except OSError:
        return f"the host name '{host}' in BIND is unknown here."
    family, kind, protocol, _, address = found[0]
    with socket.socket(family, kind, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"something else is listening at {bind}."
            if error.errno == errno.EACCES:
                return f"ports below 1024 need root, and {bind} asks for one."
            return f"{bind} can't be listened at ({error.strerror})."
    return None


if __name__ == "__main__":
    trouble = problem(sys.argv[1])
    if trouble:
        sys.exit(f"\nCan't go on: {trouble}\n  Stop it, or choose another address:  BIND=127.0.0.1:8001 make run")
