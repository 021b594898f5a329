#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Sealed keys: of use with their passphrase only, from a file or from the terminal, and as good as plain ones then.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list list photo-1.jpg
printf 'a passphrase of this test\nand a note\n' >words
printf 'another passphrase\n' >others
expect 2 phash key new --seal --passphrase-file words --out key # readable for others
has err 'others may read'
[ ! -e key ] || fail "there is a key nevertheless"
chmod 600 words others
expect 64 phash key new --passphrase-file words --out key
umask 0
expect 0 phash key new --seal --passphrase-file words --out key
umask 022
has out '^key: key [0-9a-f]{32}$'
is "$(stat -c %a key)" 600 "mode of the key file"
has key '^libphash sealed key 1$'
lacks key '^secret'
cp -p key copy
expect 2 phash key new --seal --passphrase-file words --out key
has err 'exists already and is kept'
same key copy
is "$(find . -name 'key.*')" '' "temporary files"

# Building and scanning take it.
expect 0 phash set build --quiet --key key --passphrase-file words --budget 64 --out set.phb list
expect 1 phash scan --set set.phb --key key --passphrase-file words "$pictures/photo-1.jpg"
for wrong in others key no-such-file .; do
    expect 2 phash scan --set set.phb --key key --passphrase-file $wrong "$pictures/photo-1.jpg"
    is_empty out
    lacks err 'passphrase of this test'
done
expect 2 setsid "$program" scan --set set.phb --key key "$pictures/photo-1.jpg" </dev/null
has err 'no terminal to ask for it: use --passphrase-file$'
expect 64 phash scan --list list --passphrase-file words "$pictures/photo-1.jpg"

# At the terminal: asked for without echo, twice for a new one.
cat >ask.py <<'PYTHON'
import os, pty, signal, sys, termios
from records import check


def ask(arguments, answers):
    """Run in a terminal of its own, answer each prompt; what showed and the exit status."""
    child, fd = pty.fork()
    if child == 0:
        os.execv(sys.argv[1], ["phash"] + arguments)
    shown = b""
    for answer in answers:
        while b": " not in shown[shown.rfind(b"\n") + 1:]:
            piece = os.read(fd, 1000)
            check(piece, "no prompt", shown)
            shown += piece
        check(not termios.tcgetattr(fd)[3] & termios.ECHO, "the terminal echoes", shown)
        os.write(fd, answer)
        shown += b"\n"
    try:
        while piece := os.read(fd, 1000):
            shown += piece
    except OSError:
        pass
    status = os.waitpid(child, 0)[1]
    check(b"tty phrase" not in shown, "the passphrase shows", shown)
    return status, shown


good = b"a tty phrase\n"
status, shown = ask(["key", "new", "--seal", "--out", "asked"], [good, good])
check(status == 0 and b"New passphrase of asked: " in shown and b"The same again of asked: " in shown, status, shown)
status, shown = ask(["scan", "--set", "set.phb", "--key", "asked", "list"], [good])
check(os.WEXITSTATUS(status) == 2 and b"not the key" in shown, status, shown)
status, shown = ask(["key", "new", "--seal", "--out", "refused"], [good, b"a tty phrase!\n"])
check(os.WEXITSTATUS(status) == 2 and b"two different" in shown, status, shown)
status, shown = ask(["key", "new", "--seal", "--out", "refused"], [b"short\n", b"short\n"])
check(os.WEXITSTATUS(status) == 2 and b"at least 8 bytes" in shown, status, shown)
status, shown = ask(["key", "new", "--seal", "--out", "refused"], [b"x" * 1024 + b"\n", b"x" * 1024 + b"\n"])
check(os.WEXITSTATUS(status) == 2 and b"1 to 1023 bytes" in shown, status, shown)
status, shown = ask(["key", "new", "--seal", "--out", "refused"], [b"half of a tty phrase\3"])
check(os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT, "SIGINT", status, shown)
check(not os.path.exists("refused"), "a key was written")
PYTHON
command -v python3 >/dev/null || skip "no python3"
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$here python3 ask.py "$program"
printf 'a tty phrase' >tty-words
chmod 600 tty-words
expect 0 phash key show --passphrase-file tty-words asked
has out '^  verified  yes$'
