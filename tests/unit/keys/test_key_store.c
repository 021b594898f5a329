/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and passphrases in files: who may read them, and what is left of them in memory. */
#define _GNU_SOURCE /* mkdtemp */
#include "keys/key_store.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_key_store(void);

/* Sanitizers make mlock do nothing. */
extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static bool can_lock(void)
{
    return __sanitizer_set_death_callback == NULL;
}

static char folder[64];
static char key_file[96];
static char phrase_file[96];

static void write_file(const char *path, const char *bytes, size_t size, mode_t mode)
{
    unlink(path);
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
    ck_assert_int_eq(fchmod(fd, mode), 0);
    close(fd);
}

static void write_phrase(const char *phrase)
{
    write_file(phrase_file, phrase, strlen(phrase), 0600);
}

static void set_up(void)
{
    snprintf(folder, sizeof folder, "keys-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(key_file, sizeof key_file, "%s/key", folder);
    snprintf(phrase_file, sizeof phrase_file, "%s/phrase", folder);
}

static void tear_down(void)
{
    unlink(key_file);
    unlink(phrase_file);
    rmdir(folder);
}

static void save_key(const char *phrase)
{
    phash_key *key = NULL;
    secret s = {NULL, 0};

    ck_assert_int_eq(phash_key_new(&key, NULL), PHASH_OK);
    if (phrase != NULL) {
        write_phrase(phrase);
        ck_assert(passphrase_get(&s, phrase_file, "key", true));
    }
    ck_assert(key_store_save(key, key_file, phrase != NULL ? &s : NULL));
    secret_free(&s);
    phash_key_free(&key);
}

static bool loads(void)
{
    phash_key *key = NULL;
    const bool good = key_store_load(&key, key_file, phrase_file);

    ck_assert(good == (key != NULL));
    phash_key_free(&key);
    return good;
}

START_TEST(plain_and_sealed_keys_are_read)
{
    key_facts facts;

    write_phrase("unused, but there");
    save_key(NULL);
    ck_assert(loads());
    ck_assert(key_store_describe(&facts, key_file, NULL));
    ck_assert(facts.verified && facts.log2_n == 0 && facts.created[0] == '\0');
    unlink(key_file);
    save_key("eight to begin with\nand a note");
    ck_assert(loads());
    write_phrase("eight to begin with"); /* the line may be the whole file */
    ck_assert(loads());
    ck_assert(key_store_describe(&facts, key_file, NULL));
    ck_assert(!facts.verified && facts.log2_n == SEALED_LOG2_N && facts.created[10] == 'T');
    ck_assert(key_store_describe(&facts, key_file, phrase_file) && facts.verified);
    write_phrase("eight to begin with ");
    ck_assert(!loads());
    ck_assert(!key_store_describe(&facts, key_file, phrase_file));
}
END_TEST

/* The tag vouches for what whoever sealed it wrote, not for its being true. */
START_TEST(a_header_that_lies_is_refused)
{
    uint8_t phrase[] = "eight to begin with";
    const secret words = {phrase, sizeof phrase - 1};
    uint8_t bytes[SEALED_KEY_FILE_MAX];
    uint8_t plain[PHASH_KEY_FILE_SIZE];
    sealed_key k = {.created = "2026-11-23T16:00:00Z", .log2_n = SEALED_LOG2_N_MIN};
    phash_key *key = NULL;
    size_t size = 0;

    write_phrase("eight to begin with");
    ck_assert_int_eq(phash_key_new(&key, NULL), PHASH_OK);
    ck_assert_int_eq(phash_key_write(key, plain, sizeof plain, &size), PHASH_OK);
    for (int lie = 0; lie < 3; lie++) {
        phash_key_public(key, k.public_key, k.id);
        if (lie == 1)
            k.id[0] ^= 1;
        if (lie == 2)
            k.public_key[5] ^= 1;
        ck_assert(sealed_key_seal(&k, plain, size, &words));
        const size_t n = sealed_key_format(bytes, &k);
        write_file(key_file, (const char *)bytes, n, 0600);
        ck_assert(loads() == (lie == 0));
    }
    phash_key_free(&key);
}
END_TEST

START_TEST(files_that_others_can_read_are_refused)
{
    static const mode_t bad[] = {0644, 0640, 0604, 0660, 0601, 0444, 0460};
    static const mode_t good[] = {0600, 0400};
    secret s;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_file(phrase_file, "long enough", 11, bad[i]);
        ck_assert_msg(!secret_read(&s, phrase_file, 100) && s.bytes == NULL, "%o", (unsigned)bad[i]);
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        write_file(phrase_file, "long enough", 11, good[i]);
        ck_assert_msg(secret_read(&s, phrase_file, 100), "%o", (unsigned)good[i]);
        secret_free(&s);
    }
    write_file(phrase_file, "long enough", 11, 0440);
    ck_assert(secret_read(&s, phrase_file, 100) == (geteuid() == 0)); /* from a secret store: root's */
    secret_free(&s);
    ck_assert(!secret_read(&s, folder, 100));
    ck_assert(!secret_read(&s, "/nowhere/at/all", 100));
    ck_assert(!secret_read(&s, phrase_file, 10));
}
END_TEST

START_TEST(what_is_no_passphrase_is_refused)
{
    char longest[PASSPHRASE_MAX + 2];
    secret s;

    memset(longest, 'x', sizeof longest);
    write_file(phrase_file, longest, PASSPHRASE_MAX, 0600);
    ck_assert(passphrase_get(&s, phrase_file, "key", true));
    ck_assert_uint_eq(s.size, PASSPHRASE_MAX);
    secret_free(&s);
    write_file(phrase_file, longest, PASSPHRASE_MAX + 1, 0600);
    ck_assert(!passphrase_get(&s, phrase_file, "key", false));
    write_file(phrase_file, "with a\0byte", 11, 0600);
    ck_assert(!passphrase_get(&s, phrase_file, "key", false));
    write_phrase("");
    ck_assert(!passphrase_get(&s, phrase_file, "key", false));
    write_phrase("\nsecond line");
    ck_assert(!passphrase_get(&s, phrase_file, "key", false));
    write_phrase("short\nbut a long second line");
    ck_assert(!passphrase_get(&s, phrase_file, "key", true));
    ck_assert(passphrase_get(&s, phrase_file, "key", false)); /* one in use is what it is */
    ck_assert_uint_eq(s.size, 5);
    ck_assert(memchr(s.bytes, 'b', 20) == NULL);
    secret_free(&s);
}
END_TEST

/* What /proc says of the mapping of an address: its line of flags. */
static bool mapping_has_flag(const void *address, const char *flag)
{
    FILE *f = fopen("/proc/self/smaps", "re");
    char line[512];
    bool inside = false;
    bool found = false;

    ck_assert_ptr_nonnull(f);
    while (fgets(line, sizeof line, f) != NULL) {
        unsigned long from, to;
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            inside = (unsigned long)address >= from && (unsigned long)address < to;
        if (inside && strncmp(line, "VmFlags:", 8) == 0)
            found = strstr(line, flag) != NULL;
    }
    fclose(f);
    return found;
}

START_TEST(secrets_are_locked_and_left_out_of_dumps)
{
    uint8_t *memory = locked_new(5000);

    ck_assert_ptr_nonnull(memory);
    for (size_t i = 0; i < 5000; i++)
        ck_assert_uint_eq(memory[i], 0);
    memset(memory, 1, 5000);
    ck_assert(mapping_has_flag(memory, " dd"));
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
    if (can_lock() && limit.rlim_cur >= 1 << 16)
        ck_assert(mapping_has_flag(memory, " lo"));
    locked_free(memory);
    locked_free(NULL);
    ck_assert_ptr_null(locked_new(SIZE_MAX));
}
END_TEST

/* Without permission to lock memory there is a warning, once, and everything works. */
START_TEST(a_limit_on_locked_memory_is_told_once)
{
    char said[2048] = "";
    int ends[2];
    int status = -1;

    ck_assert_int_eq(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        const struct rlimit none = {0, 0};
        dup2(ends[1], STDERR_FILENO);
        setrlimit(RLIMIT_MEMLOCK, &none);
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(2);
        void *a = locked_new(100);
        void *b = locked_new(100);
        _exit(a != NULL && b != NULL ? 0 : 1);
    }
    close(ends[1]);
    ck_assert_int_ge(read(ends[0], said, sizeof said - 1), 0);
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    if (!can_lock())
        return;
    char *first = strstr(said, "may be swapped out");
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(strstr(first + 1, "may be swapped out"));
}
END_TEST

START_TEST(no_core_is_left)
{
    int status = -1;
    const pid_t child = fork();

    if (child == 0) {
        struct rlimit limit;
        bool good = no_core_dumps();
        good = good && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
        good = good && getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 && limit.rlim_max == 0;
        _exit(good ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

Suite *suite_key_store(void)
{
    Suite *s = suite_create("keys/key_store");
    TCase *c = tcase_create("key_store");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, plain_and_sealed_keys_are_read);
    tcase_add_test(c, a_header_that_lies_is_refused);
    tcase_add_test(c, files_that_others_can_read_are_refused);
    tcase_add_test(c, what_is_no_passphrase_is_refused);
    tcase_add_test(c, secrets_are_locked_and_left_out_of_dumps);
    tcase_add_test(c, a_limit_on_locked_memory_is_told_once);
    tcase_add_test(c, no_core_is_left);
    suite_add_tcase(s, c);
    return s;
}
