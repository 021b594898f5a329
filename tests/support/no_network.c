/* SPDX-License-Identifier: Apache-2.0 */
/* Put before libc by LD_PRELOAD: a program that makes a socket for a network, or looks a name up, ends there. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static _Noreturn void end(void)
{
    static const char words[] = "no_network: the network was asked for\n";

    (void)!write(STDERR_FILENO, words, strlen(words));
    abort();
}

int socket(int domain, int type, int protocol)
{
    int (*real)(int, int, int);
    void *found = dlsym(RTLD_NEXT, "socket");

    if (domain != AF_UNIX || found == NULL)
        end();
    memcpy(&real, &found, sizeof real); /* ISO C converts no such pointers */
    return real(domain, type, protocol);
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *wanted, struct addrinfo **out)
{
    (void)name, (void)service, (void)wanted, (void)out;
    end();
}
