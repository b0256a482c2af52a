#!/usr/bin/env python3
"""power.py - cut the power of a disk at which a queue works, and see what is left of it

    power.py [-s SEED] [-m MESSAGES] [-o MKFS-OPTIONS] FILESYSTEM CUTS

FILESYSTEM is ext4, xfs or btrfs. It needs root, /dev/fuse and loop devices, and mounts of its own, which
nobody else keeps: run it under "unshare -m".

First a queue works: messages come in from several writers at once, queue-run hands them over to
Maildirs, some are refused, some wait. All that the filesystem writes is recorded (disk-record), and so
is each 250 as soon as it is said.

Then the power is cut, CUTS times, each time somewhere else. A disk that has lost its power holds
whatever was written before its last flush, and of what was written since, any part, in blocks of
4 KiB. That filesystem is mounted, queue-run is started on it, and when it has nothing left to do:

    every message that had its 250 has been delivered, whole, to each recipient
    nobody has a part of a message
    every refused recipient has one report, however often it was sent
    nothing is left in the queue, and nothing was set aside

Prints a line for each cut where that is not so, and a sum; exits 0 if there was none.
"""
import argparse
import collections
import mailbox
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

BLOCK = 4096
# The smallest that mkfs makes, and for btrfs a bit more.
FILESYSTEMS = {"ext4": (32, ["mkfs.ext4", "-q", "-F"]),
               "xfs": (300, ["mkfs.xfs", "-q", "-f"]),
               "btrfs": (160, ["mkfs.btrfs", "-q", "-f"])}
WRITERS = 6


def run(*command, **more):
    return subprocess.run(command, check=True, **more)


def patiently(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


# --- the queue, and who works at it ---

def settle(folder):
    """The settings folder: what is local, what is refused, what waits."""
    os.mkdir(f"{folder}/etc")
    os.chdir(f"{folder}/etc")
    deliver = f"maildir-deliver -r {folder}/disk/mail"
    files = {"domains": "example.org:\nlater.example:\n",
             "mailboxes": "ann@example.org: ann\nbob@example.org: bob\ncarl@later.example: carl\n",
             "routes": f"example.org: {deliver}\nlater.example: {folder}/etc/later\n"
                       f"never.example: {folder}/etc/never\n",
             "never": "#!/bin/sh\ncat >/dev/null\ncat <&3 >/dev/null\n"
                      r"printf 'D* 550 5.1.1 mx.example[192.0.2.1] - no such user\0\0' >&4" "\n",
             "later": f"#!/bin/sh\nif [ -e {folder}/open ]; then exec {deliver}; fi\n"
                      r"printf 'Z* 450 4.2.1 - - come again\0\0' >&4" "\n"}
    for name, text in files.items():
        with open(name, "w") as file:
            file.write(text)
    os.chmod("never", 0o755)
    os.chmod("later", 0o755)


RECIPIENTS = (["bob@example.org"],
              ["dora-{}@never.example"],
              ["bob@example.org", "dora-{}@never.example", "carl@later.example"],
              ["bob@example.org", "carl@later.example"])


def recipients(number):
    return [one.format(number) for one in RECIPIENTS[number % len(RECIPIENTS)]]


def body(number):
    lines = 1 + number * 37 % 900
    return "".join(f"message {number}, line {line}\n" for line in range(lines))


def start_queue_run(folder, log):
    ready, tell = os.pipe()
    process = subprocess.Popen(["queue-run", "-q", f"{folder}/disk/queue", "-r", "1", "-m", "1",
                                "-R", str(tell)], pass_fds=[tell], stderr=log)
    os.close(tell)
    started = os.read(ready, 1) == b"\n"
    os.close(ready)
    return process if started else None


def add(folder, number):
    """Hands a message to queue-add; was it taken?"""
    text = f"Subject: number {number}\n\n{body(number)}".replace("\n", "\r\n")
    envelope = ["V1", "Jmail.example", "rlocal", "Fann@example.org"]
    envelope += ["T" + one for one in recipients(number)] + ["", f".{len(text)}", ""]
    with tempfile.TemporaryDirectory(dir=folder) as own:
        for name, content in (("message", text), ("envelope", "\0".join(envelope))):
            with open(f"{own}/{name}", "w", newline="") as file:
                file.write(content)
        run("sh", "-c", f'exec queue-add -q {folder}/disk/queue -b 0 -i 0 <message 3<envelope 4>verdict',
            cwd=own, stderr=subprocess.DEVNULL)
        with open(f"{own}/verdict", "rb") as file:
            answer = file.read()
    return answer.startswith(b"K* 250") and answer.endswith(b"\0\0")


def work(folder, messages):
    """Messages come and go, until all have come."""
    numbers = iter(range(messages))
    lock = threading.Lock()

    def writer():
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            if add(folder, number):
                with open(f"{folder}/wire/mark", "wb", buffering=0) as mark:
                    mark.write(b"%d\n" % number)

    with open(f"{folder}/log", "wb") as log:
        runner = start_queue_run(folder, log)
        writers = [threading.Thread(target=writer) for _ in range(WRITERS)]
        for thread in writers:
            thread.start()
        for thread in writers:
            thread.join()
        open(f"{folder}/open", "w").close()
        # Those that wait are now let in, while their journals are written.
        patiently(lambda: not left(folder), 3)
        runner.send_signal(signal.SIGTERM)
        runner.wait()


def left(folder):
    return [name for part in ("msg", "journal")
            for _, _, names in os.walk(f"{folder}/disk/queue/{part}") for name in names]


# --- the disk ---

def unmount(place):
    """A deliverer that waits for one message more has files open there until it has heard of the end."""
    if not patiently(lambda: subprocess.run(["umount", place], stderr=subprocess.DEVNULL)
                     .returncode == 0, 30):
        sys.exit(f"{place} stays in use")


def record(folder, filesystem, mkfs_options, messages):
    size, mkfs = FILESYSTEMS[filesystem]
    image, log = f"{folder}/image", f"{folder}/record"
    with open(image, "wb") as file:
        file.truncate(size << 20)
    run(*mkfs, *mkfs_options, image, stdout=subprocess.DEVNULL)
    run("cp", "--sparse=always", image, f"{folder}/durable")
    for name in ("wire", "disk"):
        os.mkdir(f"{folder}/{name}")
    wire = subprocess.Popen(["disk-record", f"{folder}/wire", image, log])
    if not patiently(lambda: os.path.exists(f"{folder}/wire/disk"), 10):
        sys.exit("disk-record does not start")
    try:
        run("mount", "-t", filesystem, "-o", "loop", f"{folder}/wire/disk", f"{folder}/disk")
        try:
            os.mkdir(f"{folder}/disk/mail")
            run("sync", "-f", f"{folder}/disk/mail")
            work(folder, messages)
        finally:
            unmount(f"{folder}/disk")
    finally:
        unmount(f"{folder}/wire")
        wire.wait()
    os.unlink(image)
    return log


Record = collections.namedtuple("Record", "kind at bytes")


def read_log(path):
    records = []
    with open(path, "rb") as file:
        while head := file.read(17):
            at, length = struct.unpack_from("=QQ", head, 1)
            records.append(Record(head[:1], at, file.read(length)))
    return records


def blocks(write):
    """A write, in pieces that lie in one block each."""
    start = 0
    while start < len(write.bytes):
        end = start + BLOCK - (write.at + start) % BLOCK
        yield write.at + start, write.bytes[start:end]
        start = end


class Disk:
    """What is on the disk for sure, and what may be."""

    def __init__(self, folder, records):
        self.durable = f"{folder}/durable"
        self.records = records
        self.at = 0  # the record that comes next
        self.pending = []  # written since the last flush
        self.promised = set()  # the messages that had their 250

    def go_to(self, at):
        with open(self.durable, "r+b") as file:
            for one in self.records[self.at:at]:
                if one.kind == b"W":
                    self.pending.append(one)
                elif one.kind == b"M":
                    self.promised.add(int(one.bytes))
                else:
                    for write in self.pending:
                        file.seek(write.at)
                        file.write(write.bytes)
                    self.pending = []
        self.at = at

    def cut(self, image, chance):
        """What the disk may hold, if the power goes now."""
        run("cp", "--sparse=always", self.durable, image)
        keep = chance.choice((0, 0, 0.1, 0.5, 0.9, 1))
        with open(image, "r+b") as file:
            for write in self.pending:
                for at, piece in blocks(write):
                    if chance.random() < keep:
                        file.seek(at)
                        file.write(piece)


def places(records, cuts, chance):
    """Where to cut, in order: half of them just after a 250, when there is most to lose."""
    marks = [i + 1 for i, one in enumerate(records) if one.kind == b"M"]
    first = next(i for i, one in enumerate(records) if one.kind == b"F") + 1
    chosen = [chance.choice(marks) for _ in range(cuts // 2)]
    chosen += [chance.randrange(first, len(records)) for _ in range(cuts - len(chosen))]
    return sorted(chosen)


# --- what is left ---

def judge(folder, promised):
    """What is wrong, as a list of sentences."""
    wrong, had, told = [], collections.Counter(), collections.defaultdict(set)
    for who in ("ann", "bob", "carl"):
        path = f"{folder}/disk/mail/{who}/new"
        for name in os.listdir(path) if os.path.isdir(path) else ():
            with open(f"{path}/{name}", encoding="ascii", errors="replace") as file:
                text = file.read()
            if who == "ann":
                key = re.search(r"^Final-Recipient: rfc822; dora-(\d+)@", text, re.M)
                made = re.search(r"^Message-ID: (<.*>)$", text, re.M)
                if not key or not made or not re.search(r"\n--=_\S+--\n", text):
                    wrong.append(f"a report is not whole: {name}")
                else:
                    told[int(key[1])].add(made[1])
                continue
            key = re.search(r"^Subject: number (\d+)\n\n", text, re.M)
            if not key or text[key.end():] != body(int(key[1])):
                wrong.append(f"a part of a message: {who} {name}")
            else:
                had[int(key[1]), who] += 1
    for number in sorted(promised):
        for one in recipients(number):
            who = one.split("@")[0]
            if who.startswith("dora"):
                if not told[number]:
                    wrong.append(f"no report of {number}")
            elif not had[number, who]:
                wrong.append(f"lost: {number} for {who}")
    for number, reports in told.items():
        if len(reports) > 1:
            wrong.append(f"{len(reports)} reports of {number}")
    wrong += [f"left: {name}" for name in left(folder)]
    wrong += [f"set aside: {name}" for name in os.listdir(f"{folder}/disk/queue/bad")]
    return wrong


def look(folder, filesystem, image, promised):
    if filesystem == "btrfs":  # it thinks that it knows this disk, of an earlier cut
        subprocess.run(["btrfs", "device", "scan", "--forget"], stdout=subprocess.DEVNULL)
    mounted = subprocess.run(["mount", "-t", filesystem, "-o", "loop", image, f"{folder}/disk"])
    if mounted.returncode:
        return ["the filesystem cannot be mounted"]
    try:
        with open(f"{folder}/log", "wb") as log:
            runner = start_queue_run(folder, log)
            if not runner:
                return ["queue-run does not start"]
            patiently(lambda: not left(folder) or runner.poll() is not None, 30)
            died = runner.poll()
            runner.send_signal(signal.SIGTERM)
            runner.wait()
        return (["queue-run has died"] if died is not None else []) + judge(folder, promised)
    finally:
        unmount(f"{folder}/disk")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-s", dest="seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("-m", dest="messages", type=int, default=100)
    parser.add_argument("-o", dest="mkfs_options", default="")
    parser.add_argument("filesystem", choices=FILESYSTEMS)
    parser.add_argument("cuts", type=int)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that all is unmounted
    chance = random.Random(options.seed)
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = tempfile.mkdtemp(prefix="smtpipe-power.", dir=memory)
    bad = 0
    try:
        settle(folder)
        records = read_log(record(folder, options.filesystem, options.mkfs_options.split(),
                                  options.messages))
        disk = Disk(folder, records)
        for at in places(records, options.cuts, chance):
            disk.go_to(at)
            disk.cut(f"{folder}/cut", chance)
            wrong = look(folder, options.filesystem, f"{folder}/cut", disk.promised)
            os.unlink(f"{folder}/cut")
            bad += bool(wrong)
            if wrong:
                print(f"# cut at {at} of {len(records)}: {'; '.join(wrong[:5])}")
                with open(f"{folder}/log", errors="replace") as log:
                    print("".join("#     " + line for line in log.readlines()[-5:]), end="")
        flushes = sum(one.kind == b"F" for one in records)
        print(f"# {options.filesystem}: {options.cuts} cuts at {len(records)} records, {flushes} of them "
              f"flushes, with {options.messages} messages (-s {options.seed}): {bad} bad")
    finally:
        os.chdir("/")
        shutil.rmtree(folder)
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
