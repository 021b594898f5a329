/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: a decoder with a flaw. libjpeg's jpeg_mem_src, which sees the bytes of every JPEG first, does what a
 * comment at the beginning of the file tells it to: "PHASH-TEST " and one of the words below. Other files are decoded
 * as ever, and so is this one where what was tried is quietly refused. What was tried and worked ends the process. */
#define _GNU_SOURCE /* RTLD_NEXT, MAP_ANONYMOUS */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

#include <jpeglib.h>

#define WORKED 7 /* exit status */

typedef void mem_src_fn(j_decompress_ptr, const unsigned char *, unsigned long);

static mem_src_fn *real_mem_src;

__attribute__((constructor)) static void find_real(void)
{
    void *symbol = dlsym(RTLD_NEXT, "jpeg_mem_src");

    memcpy(&real_mem_src, &symbol, sizeof real_mem_src);
}

static void worked_if(int good)
{
    if (good)
        _exit(WORKED);
}

static void *idle(void *argument)
{
    return argument;
}

static void crash_by(const char *word)
{
    volatile int *nowhere = NULL;
    void *volatile block = malloc(24);

    if (strcmp(word, "crash") == 0)
        *nowhere = 1;
    if (strcmp(word, "abort") == 0)
        abort();
    if (strcmp(word, "exit") == 0)
        _exit(0);
    while (strcmp(word, "loop") == 0)
        (void)*(volatile const char *)word;
    free(block);
    if (strcmp(word, "heap") == 0)
        free(block);
}

static void reach_out_by(const char *word)
{
    pthread_t thread;

    if (strcmp(word, "open") == 0)
        worked_if(open("/dev/null", O_RDONLY) >= 0);
    if (strcmp(word, "socket") == 0)
        worked_if(socket(AF_INET, SOCK_STREAM, 0) >= 0);
    if (strcmp(word, "exec") == 0)
        execl("/bin/true", "true", (char *)NULL);
    if (strcmp(word, "fork") == 0)
        worked_if(fork() >= 0);
    if (strcmp(word, "thread") == 0)
        worked_if(pthread_create(&thread, NULL, idle, NULL) == 0);
    if (strcmp(word, "trace") == 0)
        worked_if(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
    if (strcmp(word, "signal") == 0)
        worked_if(kill(getppid(), SIGCONT) == 0);
    if (strcmp(word, "map") == 0)
        worked_if(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
    if (strcmp(word, "protect") == 0) {
        void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        worked_if(mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0);
    }
}

static void misuse(const char *word, const unsigned char *bytes)
{
    if (strcmp(word, "memory") == 0)
        worked_if(malloc((size_t)3 << 30) != NULL);
    for (int fd = 1; strcmp(word, "descriptors") == 0 && fd < 4096; fd++)
        worked_if(write(fd, "", 0) >= 0);
    if (strcmp(word, "scribble") == 0)
        ((unsigned char *)(uintptr_t)bytes)[0] = 0; /* the bytes of the file are for reading only */
    if (strcmp(word, "grow") == 0) { /* look behind the room of this job, which ends less than this from any file */
        const size_t far = (size_t)1100 << 20;
        unsigned char *page = (unsigned char *)((uintptr_t)bytes & ~(uintptr_t)4095);
        unsigned char *grown = mremap(page, 4096, far, MREMAP_MAYMOVE);
        worked_if(grown != MAP_FAILED && *(volatile unsigned char *)(grown + far - 1) != 1);
    }
    if (strcmp(word, "early") == 0)
        (void)!write(STDIN_FILENO, "d", 1); /* says that the answer is there */
    if (strcmp(word, "noise") == 0)
        (void)!write(STDIN_FILENO, "nonsense", 8);
    if (strcmp(word, "early") == 0 || strcmp(word, "noise") == 0)
        for (;;)
            (void)*(volatile const char *)word;
}

void jpeg_mem_src(j_decompress_ptr info, const unsigned char *bytes, unsigned long size)
{
    static const char mark[] = "PHASH-TEST ";
    char word[20] = "";

    if (size > 40 && memcmp(bytes + 6, mark, sizeof mark - 1) == 0) {
        memcpy(word, bytes + 6 + sizeof mark - 1, sizeof word - 1);
        word[strcspn(word, " ")] = '\0';
        crash_by(word);
        reach_out_by(word);
        misuse(word, bytes);
    }
    real_mem_src(info, bytes, size);
}
