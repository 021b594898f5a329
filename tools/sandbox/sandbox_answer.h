/* SPDX-License-Identifier: Apache-2.0 */
/* What a decoder process says about a picture: written by it into memory that both see, read by a program that does
 * not believe a word of it. */
#ifndef PHASH_TOOLS_SANDBOX_ANSWER_H
#define PHASH_TOOLS_SANDBOX_ANSWER_H

#include "sandbox/picture_decode.h"

#define SANDBOX_VIEWS_MAX (PHASH_READINGS_MAX * PHASH_VIEWS_MAX)

/** The facts: every member a plain number, for any bytes may stand here. */
typedef struct sandbox_facts {
    uint32_t trouble;
    uint32_t kind;
    uint32_t width;
    uint32_t height;
    uint32_t orientation;
    uint32_t has_alpha;
    uint32_t frames;
    uint32_t frame;
    uint32_t readings;
    uint32_t views;
    uint32_t reading[PHASH_READINGS_MAX];
    char why[256];
} sandbox_facts;

/** All of it, in shared memory. */
typedef struct sandbox_answer {
    sandbox_facts facts;
    phash_fingerprint print[PHASH_READINGS_MAX];
    picture_view view[SANDBOX_VIEWS_MAX];
    phash_fingerprint dihedral[PHASH_DIHEDRAL_COUNT];     /* when asked for */
    float margin[SANDBOX_VIEWS_MAX][PHASH_HASH_BITS]; /* of the views, when asked for */
} sandbox_answer;

/** In the decoder process: write what was found. */
void sandbox_answer_put(sandbox_answer *a, const picture *p, const picture_views *views, const picture_wanted *wanted);

/** In the program: copy an answer out of memory that may change at any time, and then check the copy. views has
 *  picture_views_room. False when it is not what a sound decoder says; out and views then hold nothing. */
bool sandbox_answer_take(picture *out, picture_views *views, const sandbox_answer *a, const picture_wanted *wanted);

/** What is said of all frames, when they are asked for: behind the file. */
typedef struct sandbox_frames {
    uint32_t n;
    uint32_t n_views;
    picture_frame frame[PICTURE_FRAMES_MAX];
    picture_view view[PICTURE_FRAMES_MAX * SANDBOX_VIEWS_MAX];
} sandbox_frames;

/** In the decoder process: write them. */
void sandbox_frames_put(sandbox_frames *f, const picture_frames *frames);

/** In the program: as sandbox_answer_take; out has room for wanted->max_frames. */
bool sandbox_frames_take(picture_frames *out, const sandbox_frames *f, const picture_wanted *wanted);

#endif
