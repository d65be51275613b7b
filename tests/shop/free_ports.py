#!/usr/bin/python3
"""free_ports.py N - prints N ports of loopback that nobody listens on now.

They lie below the range that the kernel gives to outgoing connections, so that none of
those takes one before its server does.
"""
import random
import socket
import sys


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


if __name__ == "__main__":
    with open("/proc/sys/net/ipv4/ip_local_port_range") as limits:
        first_outgoing = int(limits.read().split()[0])
    candidates = list(range(10000, max(first_outgoing, 20000)))
    random.shuffle(candidates)
    wanted = int(sys.argv[1])
    ports = []
    while len(ports) < wanted:
        port = candidates.pop()
        if is_free(port):
            ports.append(port)
    print(*ports)
