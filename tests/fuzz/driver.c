/* SPDX-License-Identifier: Apache-2.0 */
/* A main for fuzzers without libFuzzer: runs the given files (and those in the given folders) as they are, then
 * seeded mutations of each.
 *
 *   fuzz_x [--mutations N] [--seed S] [--only M] [--save FILE] PATH...
 *
 * On a crash it says which file and which mutation; `--only M --save FILE` with the same seed and that file alone
 * repeats just this one and keeps its bytes. */
#define _POSIX_C_SOURCE 200809L /* scandir, sigaction */
#include "support/rng.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Sanitizers end the process in their own way; then the place is told from here. */
extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

#define SIZE_MAX_INPUT ((size_t)1 << 20)

typedef struct input {
    uint8_t *data;
    size_t size;
} input;

typedef struct session {
    input *seeds;
    char (*names)[1024];
    size_t n;
    uint64_t seed;
    unsigned long mutations;
    unsigned long only; /* 0: all */
    const char *save;
    unsigned long long runs;
} session;

static char place[1200];

static void tell_place(void)
{
    const ssize_t written = write(STDERR_FILENO, place, strlen(place));

    (void)written; /* nothing is left to be done about it */
}

static void on_signal(int number)
{
    tell_place();
    signal(number, SIG_DFL);
    raise(number);
}

static void add_file(session *s, const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(SIZE_MAX_INPUT);

    s->seeds = realloc(s->seeds, (s->n + 1) * sizeof *s->seeds);
    s->names = realloc(s->names, (s->n + 1) * sizeof *s->names);
    if (f == NULL || data == NULL || s->seeds == NULL || s->names == NULL) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(2);
    }
    s->seeds[s->n].data = data;
    s->seeds[s->n].size = fread(data, 1, SIZE_MAX_INPUT, f);
    snprintf(s->names[s->n], sizeof *s->names, "%s", path);
    s->n++;
    fclose(f);
}

static void add_path(session *s, const char *path)
{
    struct stat st;
    struct dirent **entries = NULL;
    char name[2048];

    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        add_file(s, path);
        return;
    }
    const int n = scandir(path, &entries, NULL, alphasort); /* sorted, so that a seed means the same everywhere */
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        if (stat(name, &st) == 0 && S_ISREG(st.st_mode))
            add_file(s, name);
        free(entries[i]);
    }
    free(entries);
}

static void change_bytes(input *in, test_rng *rng)
{
    static const uint8_t nasty[] = {0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff};
    const size_t at = test_rng_below(rng, (uint32_t)in->size);
    const size_t n = 1 + test_rng_below(rng, 4);

    for (size_t i = at; i < at + n && i < in->size; i++)
        in->data[i] = test_rng_below(rng, 2) ? nasty[test_rng_below(rng, sizeof nasty)] : (uint8_t)test_rng_next(rng);
}

/* Cut a piece out, or put a piece of another seed in. */
static void move_piece(input *in, const input *other, test_rng *rng)
{
    const size_t at = test_rng_below(rng, (uint32_t)in->size);
    size_t n = 1 + test_rng_below(rng, 64);

    if (test_rng_below(rng, 2)) {
        n = n < in->size - at ? n : in->size - at;
        memmove(in->data + at, in->data + at + n, in->size - at - n);
        in->size -= n;
        return;
    }
    if (other->size == 0 || in->size + n > SIZE_MAX_INPUT)
        return;
    const size_t from = test_rng_below(rng, (uint32_t)other->size);
    n = n < other->size - from ? n : other->size - from;
    memmove(in->data + at + n, in->data + at, in->size - at);
    memcpy(in->data + at, other->data + from, n);
    in->size += n;
}

static void mutate(input *in, const session *s, test_rng *rng)
{
    for (uint32_t k = 1 + test_rng_below(rng, 4); k > 0; k--) {
        if (in->size == 0) {
            in->data[0] = (uint8_t)test_rng_next(rng);
            in->size = 1;
        }
        switch (test_rng_below(rng, 8)) {
        case 0: in->size = test_rng_below(rng, (uint32_t)in->size + 1); break;
        case 1:
        case 2: move_piece(in, &s->seeds[test_rng_below(rng, (uint32_t)s->n)], rng); break;
        case 3:
        case 4: change_bytes(in, rng); break;
        default:
            in->data[test_rng_below(rng, (uint32_t)in->size)] ^= (uint8_t)(1u << test_rng_below(rng, 8));
            break;
        }
    }
}

static void run(session *s, const input *in, size_t file, unsigned long mutation)
{
    snprintf(place, sizeof place, "\nwhile running %s, mutation %lu, seed %llu\n", s->names[file], mutation,
             (unsigned long long)s->seed);
    if (s->save != NULL) {
        FILE *f = fopen(s->save, "wb");
        if (f == NULL || fwrite(in->data, 1, in->size, f) != in->size || fclose(f) != 0)
            fprintf(stderr, "cannot write %s\n", s->save);
    }
    /* A block of exactly this size, so that sanitizers see one byte too far. */
    uint8_t *copy = malloc(in->size != 0 ? in->size : 1);
    if (copy == NULL)
        exit(2);
    memcpy(copy, in->data, in->size);
    (void)LLVMFuzzerTestOneInput(copy, in->size);
    free(copy);
    s->runs++;
}

static void run_all(session *s)
{
    input scratch = {malloc(SIZE_MAX_INPUT + 1), 0};

    if (scratch.data == NULL)
        exit(2);
    for (size_t f = 0; f < s->n; f++)
        for (unsigned long m = 0; m <= s->mutations; m++) {
            test_rng rng = test_rng_init(s->seed ^ (uint64_t)m * UINT64_C(0xd1342543de82ef95));
            if (s->only != 0 && m != s->only)
                continue;
            memcpy(scratch.data, s->seeds[f].data, s->seeds[f].size);
            scratch.size = s->seeds[f].size;
            if (m != 0)
                mutate(&scratch, s, &rng);
            run(s, &scratch, f, m);
        }
    free(scratch.data);
}

int main(int argc, char **argv)
{
    session s = {.seed = test_seed(1), .mutations = 0};
    static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTERM};
    int at = 1;

    for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
        if (strcmp(argv[at], "--mutations") == 0)
            s.mutations = strtoul(argv[at + 1], NULL, 10);
        else if (strcmp(argv[at], "--seed") == 0)
            s.seed = strtoull(argv[at + 1], NULL, 0);
        else if (strcmp(argv[at], "--only") == 0)
            s.only = s.mutations = strtoul(argv[at + 1], NULL, 10);
        else if (strcmp(argv[at], "--save") == 0)
            s.save = argv[at + 1];
        else {
            fprintf(stderr, "unknown option %s\n", argv[at]);
            return 2;
        }
    }
    for (; at < argc; at++)
        add_path(&s, argv[at]);
    if (s.n == 0)
        add_file(&s, "/dev/null");
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], on_signal);
    if (__sanitizer_set_death_callback != NULL)
        __sanitizer_set_death_callback(tell_place);
    printf("seed %llu, %zu files, %lu mutations of each\n", (unsigned long long)s.seed, s.n, s.mutations);
    fflush(stdout);
    run_all(&s);
    printf("%llu runs\n", s.runs);
    for (size_t i = 0; i < s.n; i++)
        free(s.seeds[i].data);
    free(s.seeds);
    free(s.names);
    return 0;
}
