/* SPDX-License-Identifier: Apache-2.0 */
/* What was read of one input, as bytes: the entries of a scan's journal (docs/formats/scan-journal.md, "Entry"). */
#ifndef PHASH_TOOLS_JOURNAL_ENTRY_H
#define PHASH_TOOLS_JOURNAL_ENTRY_H

#include "picture/picture.h"
#include "cli/text_out.h"

/** Is what came of an input a property of its bytes, so that it need not be read again? Not so where memory, time or
 *  the file system had a hand in it. */
bool journal_entry_is_lasting(const picture *p);

/** Append the entry to out; text_ok(out) says whether it worked. With margins, those of the views are in it too:
 *  private matching needs them, plain matching does not. */
void journal_entry_write(text *out, const picture *p, const picture_views *views, bool margins);

/** Take an entry apart. views has room for view_room views, and for max_frames frames of so many views each; margins
 *  that are not in the entry become 0.
 *  False when the bytes are no such entry, and then p and views are as picture_read_nothing leaves them. */
bool journal_entry_read(picture *p, picture_views *views, size_t view_room, uint32_t max_frames,
                        const uint8_t *bytes, size_t size, bool margins);

#endif
