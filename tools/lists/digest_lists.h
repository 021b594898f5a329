/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of exact digests on a command line, and the digests of the files that are scanned. */
#ifndef PHASH_TOOLS_DIGEST_LISTS_H
#define PHASH_TOOLS_DIGEST_LISTS_H

#include "cli/text_out.h"

#include <phash/digest_list.h>

#include <stdbool.h>

/** The lists of a command line. */
typedef struct digest_options {
    const char **paths; /* malloced */
    size_t count;
} digest_options;

/** getopt_long entries of a command that takes such lists. */
#define DIGEST_OPTIONS {"digests", required_argument, NULL, 0x262}

/** Is this one of DIGEST_OPTIONS? */
bool digest_is_option(int option);

/** Take one of DIGEST_OPTIONS; false after a message. */
bool digest_take_option(digest_options *o, int option, const char *value);

/** Forget what was given. */
void digest_options_free(digest_options *o);

/** Read all lists; bad rows are told on stderr and added to *bad_rows. details gets `,"digest_lists":[...]`, headline
 *  "; digest lists ..." for people. *out is NULL when none was given. False after a message. */
bool digest_lists_open(phash_digest_list **out, const digest_options *o, uint64_t *bad_rows, text *details,
                       text *headline);

/** The digests of a file that is read in pieces, for one that is too large to be held. False when it cannot be read to
 *  its end. */
bool digest_file(phash_digests *out, phash_digester *digester, const char *path);

#endif
