/* SPDX-License-Identifier: Apache-2.0 */
/* Which kinds of pictures are decoded, and which frame of them: options of hash and scan. */
#ifndef PHASH_TOOLS_FORMATS_H
#define PHASH_TOOLS_FORMATS_H

#include "cli/text_out.h"

#include <phash/image.h>

#include <stdbool.h>

/** getopt_long entries for them. */
#define FORMATS_OPTIONS                                                                                                \
    {"formats", required_argument, NULL, 0x200}, {"no-formats", required_argument, NULL, 0x201},                       \
        {"frames", required_argument, NULL, 0x202}

/** Is this one of FORMATS_OPTIONS? */
bool formats_is_option(int option);

/** Take one of them; false after a message. */
bool formats_take_option(phash_decode_options *decode, int option, const char *value);

#define FRAMES_DEFAULT 256u /* --max-frames */

/** Take --max-frames; false after a message. */
bool formats_take_max_frames(uint32_t *max_frames, const char *value);

/** Write JSON members, starting with a comma: the kinds that are decoded, and the frame when it is not the first. */
void formats_describe(text *out, const phash_decode_options *decode);

/** Write JSON members, starting with a comma, of a picture with several frames; nothing for others. */
void formats_describe_frames(text *out, uint32_t frames, uint32_t frame);

#endif
