/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* O_CLOEXEC */
#include "keys/terminal_prompt.h"

#include "cli/cli.h"
#include "cli/text_out.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
#define N_CAUGHT (sizeof caught / sizeof *caught)

static volatile sig_atomic_t came;

static void note(int signal_number)
{
    came = signal_number;
}

/* A line, also when it is longer than there is room: the rest of it must not go to whoever reads next. */
static bool read_line(int fd, uint8_t *out, size_t *size, size_t room)
{
    uint8_t c = 0;

    *size = 0;
    while (came == 0) {
        const ssize_t n = read(fd, &c, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 && *size != 0;
        if (c == '\n')
            return true;
        if (*size < room)
            out[(*size)++] = c;
    }
    return false;
}

static void show_prompt(int fd, const char *ask, const char *what)
{
    text prompt = {0};

    text_printf(&prompt, "%s of ", ask);
    text_shown(&prompt, what, strlen(what));
    text_put(&prompt, ": ");
    if (text_ok(&prompt))
        (void)!write(fd, prompt.data, prompt.size);
    text_free(&prompt);
}

static bool read_hidden(int fd, uint8_t *out, size_t *size, size_t room, const char *ask, const char *what)
{
    struct termios before;
    struct sigaction old[N_CAUGHT];
    const struct sigaction action = {.sa_handler = note}; /* without SA_RESTART: read returns */

    if (tcgetattr(fd, &before) != 0) {
        say("%s: cannot ask for its passphrase: %s", what, strerror(errno));
        return false;
    }
    came = 0;
    for (size_t i = 0; i < N_CAUGHT; i++)
        sigaction(caught[i], &action, &old[i]);
    struct termios hidden = before;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    bool good = tcsetattr(fd, TCSAFLUSH, &hidden) == 0;
    if (good) {
        show_prompt(fd, ask, what);
        good = read_line(fd, out, size, room);
        (void)!write(fd, "\n", 1);
        tcsetattr(fd, TCSAFLUSH, &before);
    }
    for (size_t i = 0; i < N_CAUGHT; i++)
        sigaction(caught[i], &old[i], NULL);
    if (came != 0)
        raise(came);
    if (!good)
        say("%s: no passphrase", what);
    return good && came == 0;
}

bool terminal_prompt(uint8_t *out, size_t *size, size_t room, const char *ask, const char *what)
{
    const int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

    if (fd < 0) {
        say("%s: needs a passphrase, and there is no terminal to ask for it: use --passphrase-file", what);
        return false;
    }
    const bool good = read_hidden(fd, out, size, room, ask, what);
    close(fd);
    return good;
}
