/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a scan's journal: records that are only ever appended, each found by its key
 * (docs/formats/scan-journal.md). What the records hold is not looked into here. */
#ifndef PHASH_TOOLS_JOURNAL_FILE_H
#define PHASH_TOOLS_JOURNAL_FILE_H

#include "cli/text_out.h"

#include <phash/digests.h>

#include <stdbool.h>
#include <stdint.h>

#define JOURNAL_KEY_SIZE PHASH_DIGEST_SHA256_SIZE
#define JOURNAL_ID_SIZE 16
#define JOURNAL_RECORD_HEAD_SIZE 80

/** An open journal; threads share it. */
typedef struct journal_file journal_file;

/** What was found on opening. */
typedef struct journal_found {
    uint64_t records; /* whole ones under the same options */
    uint64_t others;  /* whole ones under other options */
    uint64_t damaged; /* places where something was skipped */
    bool is_new;
} journal_found;

/** Open the journal at path, or begin one; lock it against other scans. A file that holds one already is refused
 *  unless `resume`, and one that is no journal is always refused. NULL after a message.
 *
 *  options is a digest of what decides the results; only records that were made under it are found later. */
journal_file *journal_file_open(journal_found *found, const char *path, bool resume,
                                const uint8_t options[PHASH_DIGEST_SHA256_SIZE]);

/** Flush it to the disk and close it; accepts NULL. */
void journal_file_close(journal_file *j);

/** Look a key up among the records that were there on opening. False when it is not there, or is but damaged; else
 *  out holds its contents. Reads, and does not change, the journal. */
bool journal_file_find(const journal_file *j, text *out, phash_digester *sha256, const uint8_t key[JOURNAL_KEY_SIZE]);

/** Append a record. contents begins with JOURNAL_RECORD_HEAD_SIZE bytes to be filled in here. When it cannot be
 *  written, a message says so once and nothing more is appended. */
void journal_file_append(journal_file *j, text *contents, phash_digester *sha256,
                         const uint8_t key[JOURNAL_KEY_SIZE]);

#endif
