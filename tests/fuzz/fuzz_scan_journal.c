/* SPDX-License-Identifier: Apache-2.0 */
/* The journal of a scan. Any bytes are an entry that is written back as it was, or none; any bytes in a journal file,
 * in front of, between or behind its records, do not hide the records and are never taken for one. */
#define _POSIX_C_SOURCE 200809L
#include "cli/cli.h"
#include "journal/journal_entry.h"
#include "journal/journal_file.h"
#include "support/guard.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define VIEWS_MAX 100
#define FRAMES_MAX 4

/* The messages of the journal are not what is tested here. */
void say(const char *format, ...)
{
    (void)format;
}

static void check_entry(const uint8_t *data, size_t size, bool margins, bool frames)
{
    static picture p;
    static phash_fingerprint prints[VIEWS_MAX];
    static view_label labels[VIEWS_MAX];
    static picture_frame frame[FRAMES_MAX];
    static picture_view view[FRAMES_MAX * VIEWS_MAX];
    picture_views views = {.print = prints, .label = labels};
    text back = {0};
    guard_buffer bytes = guard_new(size);

    if (frames)
        views.frames = (picture_frames){.frame = frame, .view = view};
    memcpy(bytes.data, data, size);
    if (journal_entry_read(&p, &views, VIEWS_MAX, FRAMES_MAX, bytes.data, size, margins)) {
        CHECK(journal_entry_is_lasting(&p));
        journal_entry_write(&back, &p, &views, margins);
        CHECK(text_ok(&back) && back.size == size && memcmp(back.data, data, size) == 0);
    } else {
        CHECK(views.n == 0 && views.frames.n == 0 && p.readings == 0 && p.digests.known == 0);
    }
    text_free(&back);
    guard_free(&bytes);
}

/* What the file system, the memory or the clock had a hand in is tried again. */
static void check_lasting(void)
{
    for (int r = 0; r < REASON_COUNT; r++) {
        const picture p = {.trouble = (reason)r};
        const bool lasting = r == REASON_NONE || r == REASON_EMPTY || r == REASON_NOT_AN_IMAGE ||
                             r == REASON_UNSUPPORTED || r == REASON_TRUNCATED || r == REASON_CORRUPT ||
                             r == REASON_TOO_LARGE || r == REASON_TOO_SMALL;
        CHECK(journal_entry_is_lasting(&p) == lasting);
    }
}

static void append_raw(const char *path, const uint8_t *data, size_t size)
{
    FILE *file = fopen(path, "ab");

    CHECK(file != NULL && fwrite(data, 1, size, file) == size && fclose(file) == 0);
}

/* Append a record whose contents are the data and one more byte. */
static void append(journal_file *j, phash_digester *sha256, const uint8_t *data, size_t size, uint8_t last)
{
    const uint8_t key[JOURNAL_KEY_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8, last};
    static const char room[JOURNAL_RECORD_HEAD_SIZE];
    text contents = {0};

    text_put_bytes(&contents, room, sizeof room);
    text_put_bytes(&contents, (const char *)data, size);
    text_put_bytes(&contents, (const char *)&last, 1);
    CHECK(text_ok(&contents));
    journal_file_append(j, &contents, sha256, key);
    text_free(&contents);
}

static void check_found(const journal_file *j, phash_digester *sha256, const uint8_t *data, size_t size, uint8_t last)
{
    const uint8_t key[JOURNAL_KEY_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8, last};
    text contents = {0};

    CHECK(journal_file_find(j, &contents, sha256, key));
    CHECK(contents.size == size + 1 && memcmp(contents.data, data, size) == 0);
    CHECK((uint8_t)contents.data[size] == last);
    text_free(&contents);
}

static void check_file(const char *path, const uint8_t *data, size_t size, phash_digester *sha256)
{
    static const uint8_t options[PHASH_DIGEST_SHA256_SIZE] = {7};
    journal_found found;

    for (uint8_t round = 0; round < 3; round++) {
        journal_file *j = journal_file_open(&found, path, true, options);
        CHECK(j != NULL && found.records == round && found.is_new == (round == 0) && found.others == 0);
        CHECK(found.damaged <= round);
        for (uint8_t i = 0; i < round; i++)
            check_found(j, sha256, data, size, i);
        append(j, sha256, data, size, round);
        journal_file_close(j);
        if (round == 0)
            append_raw(path, data, size);
    }
    append_raw(path, data, size);
    journal_file *j = journal_file_open(&found, path, true, options);
    CHECK(j != NULL && found.records == 3);
    for (uint8_t i = 0; i < 3; i++)
        check_found(j, sha256, data, size, i);
    journal_file_close(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t options[PHASH_DIGEST_SHA256_SIZE];
    char path[] = "fuzz_scan_journal.XXXXXX";
    phash_digester *sha256 = NULL;
    journal_found found;

    if (size == 0 || size > 100000)
        return 0;
    check_lasting();
    check_entry(data, size, false, false);
    check_entry(data, size, true, false);
    check_entry(data, size, false, true);
    const int fd = mkstemp(path);
    CHECK(fd >= 0 && phash_digester_new(&sha256, PHASH_DIGEST_SHA256, NULL) == PHASH_OK);
    check_file(path, data, size, sha256);
    CHECK(ftruncate(fd, 0) == 0 && close(fd) == 0);
    append_raw(path, data, size); /* nothing but the data: a journal only if its beginning is one */
    journal_file_close(journal_file_open(&found, path, true, options));
    unlink(path);
    phash_digester_free(&sha256);
    return 0;
}
