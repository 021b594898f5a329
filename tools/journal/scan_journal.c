/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64
#include "journal/scan_journal.h"

#include "cli/cli.h"
#include "cli/file_bytes.h"
#include "journal/journal_entry.h"
#include "journal/journal_file.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Clocks of file systems tick every 4 ms to 2 s. A file that changed less than that before it was read may change once
 * more without a trace: it is not noted. */
#define TICK_SECONDS 2

/* Working memory of one thread while it is in here; taken from a heap of them. */
typedef struct scratch {
    struct scratch *next;
    phash_digester *sha256;
    text bytes;
} scratch;

struct scan_journal {
    journal_file *file;
    uint8_t options[PHASH_DIGEST_SHA256_SIZE];
    bool margins;
    bool quiet;
    pthread_mutex_t lock; /* of what follows */
    scratch *idle;
    uint64_t taken;
    uint64_t read;
};

bool scan_journal_is_option(int option)
{
    return option == 0x260 || option == 0x261;
}

bool scan_journal_take_option(scan_journal_options *o, int option, const char *value)
{
    if (option == 0x260)
        return take_once(&o->path, "--journal", value);
    o->resume = true;
    return true;
}

bool scan_journal_settle(const scan_journal_options *o)
{
    if (o->path != NULL || !o->resume)
        return true;
    usage_error("--resume goes with --journal FILE");
    return false;
}

static scratch *scratch_new(void)
{
    scratch *s = calloc(1, sizeof *s);

    if (s != NULL && phash_digester_new(&s->sha256, PHASH_DIGEST_SHA256, NULL) == PHASH_OK)
        return s;
    free(s);
    return NULL;
}

static void scratch_free(scratch *s)
{
    phash_digester_free(&s->sha256);
    text_free(&s->bytes);
    free(s);
}

static bool digest(scratch *s, uint8_t out[PHASH_DIGEST_SHA256_SIZE])
{
    phash_digests digests;

    if (!text_ok(&s->bytes) || phash_digester_begin(s->sha256) != PHASH_OK ||
        phash_digester_add(s->sha256, (const uint8_t *)s->bytes.data, s->bytes.size) != PHASH_OK ||
        phash_digester_finish(s->sha256, &digests) != PHASH_OK)
        return false;
    memcpy(out, digests.sha256, sizeof digests.sha256);
    return true;
}

/* Everything that could make another result of the same bytes. The options of decoding go in as they are in memory, so
 * that none can be forgotten: a difference that means nothing only costs reading the files once more. */
static bool make_fingerprint(scan_journal *j, const scan_journal_basis *basis)
{
    scratch *s = j->idle;

    text_clear(&s->bytes);
    text_printf(&s->bytes, "phash scan journal, entries 2\n%s\n%s\n%s\nviews %s\nmargins %d\ndigests %" PRIu32 "\n",
                phash_version(),
                phash_codec_description(), phash_pipeline_name(basis->decode->pipeline), views_name(basis->views),
                basis->margins, basis->digests);
    if (basis->max_frames != 0)
        text_printf(&s->bytes, "frames %" PRIu32 "\n", basis->max_frames);
    text_put_bytes(&s->bytes, (const char *)basis->decode, sizeof *basis->decode);
    return digest(s, j->options);
}

static void tell_found(const scan_journal *j, const char *path, const journal_found *found)
{
    if (found->damaged != 0)
        say("--journal %s: damaged in %" PRIu64 " %s; what is lost is read again", path, found->damaged,
            found->damaged == 1 ? "place" : "places");
    if (found->others != 0 && !j->quiet)
        say("--journal %s: %" PRIu64 " of its %" PRIu64 " entries were made with other options or another version and "
            "are not used", path, found->others, found->others + found->records);
}

bool scan_journal_open(scan_journal **out, const scan_journal_options *o, const scan_journal_basis *basis)
{
    journal_found found;

    *out = NULL;
    if (o->path == NULL)
        return true;
    scan_journal *j = calloc(1, sizeof *j);
    if (j != NULL)
        j->idle = scratch_new();
    if (j == NULL || j->idle == NULL) {
        say("out of memory");
        free(j);
        return false;
    }
    pthread_mutex_init(&j->lock, NULL);
    j->margins = basis->margins;
    j->quiet = basis->quiet;
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow ends the journal, not the scan */
    if (make_fingerprint(j, basis))
        j->file = journal_file_open(&found, o->path, o->resume, j->options);
    else
        say("out of memory");
    if (j->file != NULL) {
        tell_found(j, o->path, &found);
        *out = j;
        return true;
    }
    j->quiet = true;
    scan_journal_close(&j);
    return false;
}

void scan_journal_close(scan_journal **journal)
{
    scan_journal *j = *journal;

    if (j == NULL)
        return;
    journal_file_close(j->file);
    if (!j->quiet)
        say("journal: %" PRIu64 " of %" PRIu64 " inputs taken from it", j->taken, j->taken + j->read);
    while (j->idle != NULL) {
        scratch *next = j->idle->next;
        scratch_free(j->idle);
        j->idle = next;
    }
    pthread_mutex_destroy(&j->lock);
    free(j);
    *journal = NULL;
}

static scratch *borrow(scan_journal *j)
{
    pthread_mutex_lock(&j->lock);
    scratch *s = j->idle;
    if (s != NULL)
        j->idle = s->next;
    pthread_mutex_unlock(&j->lock);
    return s != NULL ? s : scratch_new();
}

static void give_back(scan_journal *j, scratch *s)
{
    if (s != NULL && !text_ok(&s->bytes)) { /* memory was short; perhaps it is not next time */
        scratch_free(s);
        s = NULL;
    }
    pthread_mutex_lock(&j->lock);
    if (s != NULL) {
        s->next = j->idle;
        j->idle = s;
    }
    pthread_mutex_unlock(&j->lock);
}

static void count(scan_journal *j, bool taken)
{
    pthread_mutex_lock(&j->lock);
    j->taken += taken;
    j->read += !taken;
    pthread_mutex_unlock(&j->lock);
}

/* The key under which a file, as it is now, is noted: its path, and whatever changes when it is written or replaced.
 * False when it is none to be noted; *changed is when it last changed. */
static bool make_key(const scan_journal *j, scratch *s, uint8_t key[JOURNAL_KEY_SIZE], struct timespec *changed,
                     const char *path)
{
    struct stat info;
    uint8_t facts[7 * 8];

    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return false;
    *changed = info.st_ctim;
    const uint64_t values[7] = {(uint64_t)info.st_size,         (uint64_t)info.st_mtim.tv_sec,
                                (uint64_t)info.st_mtim.tv_nsec, (uint64_t)info.st_ctim.tv_sec,
                                (uint64_t)info.st_ctim.tv_nsec, (uint64_t)info.st_dev,
                                (uint64_t)info.st_ino};
    for (size_t i = 0; i < 7; i++)
        bytes_put_le(facts + 8 * i, values[i], 8);
    text_clear(&s->bytes);
    text_put_bytes(&s->bytes, (const char *)j->options, sizeof j->options);
    text_put_bytes(&s->bytes, (const char *)facts, sizeof facts);
    text_put(&s->bytes, path);
    return digest(s, key);
}

/* Did the file rest long enough before it was looked at that a later change shows in its times? */
static bool is_settled(const struct timespec *changed, const struct timespec *looked)
{
    return changed->tv_sec < looked->tv_sec - TICK_SECONDS;
}

/* Note what was read, unless the file changed meanwhile. */
static void note(scan_journal *j, scratch *s, const picture_reader *reader, const picture *p, const char *path,
                 const uint8_t key[JOURNAL_KEY_SIZE])
{
    static const char room[JOURNAL_RECORD_HEAD_SIZE];
    uint8_t key_now[JOURNAL_KEY_SIZE];
    struct timespec changed;

    if (!journal_entry_is_lasting(p) || !make_key(j, s, key_now, &changed, path) ||
        memcmp(key, key_now, sizeof key_now) != 0)
        return;
    text_clear(&s->bytes);
    text_put_bytes(&s->bytes, room, sizeof room);
    journal_entry_write(&s->bytes, p, &reader->views, j->margins);
    if (text_ok(&s->bytes))
        journal_file_append(j->file, &s->bytes, s->sha256, key);
}

bool scan_journal_begin(scan_journal *j, scan_journal_input *input, picture_reader *reader, picture *out,
                        const char *path)
{
    struct timespec changed;
    struct timespec looked;
    scratch *s = borrow(j);

    clock_gettime(CLOCK_REALTIME, &looked);
    const bool has_key = s != NULL && make_key(j, s, input->key, &changed, path);
    const bool taken = has_key && journal_file_find(j->file, &s->bytes, s->sha256, input->key) &&
                       journal_entry_read(out, &reader->views, reader->view_room, reader->max_frames,
                                          (const uint8_t *)s->bytes.data, s->bytes.size, j->margins);
    input->to_note = !taken && has_key && is_settled(&changed, &looked);
    const bool done = taken || picture_begin(reader, out, path);
    if (done && input->to_note)
        note(j, s, reader, out, path, input->key);
    count(j, taken);
    give_back(j, s);
    return done;
}

void scan_journal_finish(scan_journal *j, const scan_journal_input *input, picture_reader *reader, picture *out,
                         const char *path)
{
    picture_finish(reader, out);
    if (!input->to_note)
        return;
    scratch *s = borrow(j);
    if (s != NULL)
        note(j, s, reader, out, path, input->key);
    give_back(j, s);
}
