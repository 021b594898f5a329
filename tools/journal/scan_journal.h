/* SPDX-License-Identifier: Apache-2.0 */
/* The journal of a scan: what was read of each input, so that an interrupted scan, or one of unchanged files against
 * other lists, does not read it again. What is matched is not in it. */
#ifndef PHASH_TOOLS_SCAN_JOURNAL_H
#define PHASH_TOOLS_SCAN_JOURNAL_H

#include "journal/journal_file.h"
#include "picture/picture.h"

#include <stdbool.h>

/** Options about the journal. */
typedef struct scan_journal_options {
    const char *path; /* NULL: none is kept */
    bool resume;
} scan_journal_options;

/** getopt_long entries of a command that keeps one. */
#define SCAN_JOURNAL_OPTIONS {"journal", required_argument, NULL, 0x260}, {"resume", no_argument, NULL, 0x261}

/** Is this one of SCAN_JOURNAL_OPTIONS? */
bool scan_journal_is_option(int option);

/** Take one of SCAN_JOURNAL_OPTIONS; false after a message. */
bool scan_journal_take_option(scan_journal_options *o, int option, const char *value);

/** Once the command line is read: do the options fit together? False after a message. */
bool scan_journal_settle(const scan_journal_options *o);

/** An open journal; threads share it. */
typedef struct scan_journal scan_journal;

/** What decides what is read of an input, beside its bytes. */
typedef struct scan_journal_basis {
    const phash_decode_options *decode;
    phash_views views;
    uint32_t digests; /* PHASH_DIGEST_... bits */
    uint32_t max_frames; /* as in picture_wanted */
    bool margins; /* private matching needs those of the views */
    bool quiet;   /* no notes on the standard error; messages about trouble are written all the same */
} scan_journal_basis;

/** Open what the options name; *out is NULL when they name nothing. False after a message. */
bool scan_journal_open(scan_journal **out, const scan_journal_options *o, const scan_journal_basis *basis);

/** What is known of an input while it is in flight. */
typedef struct scan_journal_input {
    bool to_note;
    uint8_t key[JOURNAL_KEY_SIZE];
} scan_journal_input;

/** Do as picture_begin and picture_finish, but take from the journal what is known of the file, and note there what is
 *  not. */
bool scan_journal_begin(scan_journal *j, scan_journal_input *input, picture_reader *reader, picture *out,
                        const char *path);
void scan_journal_finish(scan_journal *j, const scan_journal_input *input, picture_reader *reader, picture *out,
                         const char *path);

/** Close it, say how much was taken from it, and store NULL. */
void scan_journal_close(scan_journal **journal);

#endif
