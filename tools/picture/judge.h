/* SPDX-License-Identifier: Apache-2.0 */
/* Judging a picture: against plain lists, or privately against a blinded set. */
#ifndef PHASH_TOOLS_JUDGE_H
#define PHASH_TOOLS_JUDGE_H

#include "picture/outcome.h"
#include "picture/picture.h"
#include "remote/remote_evaluator.h"

#include <phash/digest_list.h>
#include <phash/match.h>
#include <phash/private.h>

/** What is matched against; threads share it. Either matcher or set is there. */
typedef struct judge {
    const phash_list *list;
    const phash_matcher *matcher;
    const phash_set *set;
    const phash_digest_list *digests; /* or NULL: asked beside either of them */
    const phash_key *key;     /* with set: the evaluator runs in this process */
    remote_evaluator *remote; /* with set, in place of key: it is asked there */
    const char *set_name;
    uint32_t radius; /* with set: an upper bound on top of each entry's own radius */
} judge;

/** One thread's working memory. */
typedef struct judge_worker {
    const judge *judge;
    phash_match *matches;
    size_t match_room;
    struct judge_hit *framed; /* matches of the frames of a picture */
    size_t framed_room;
    phash_query *query;
    uint32_t ids[PHASH_READINGS_PER_QUERY]; /* of the views that a query is about */
    phash_evaluator *evaluator; /* or remote */
    remote_client *remote;
    uint8_t *request;
    uint8_t *response;
    size_t request_size;
    size_t response_room;
} judge_worker;

/** False when memory is short. */
bool judge_worker_init(judge_worker *w, const judge *j);
void judge_worker_clear(judge_worker *w);

/** Judge what was read of one input by its views. A private query is made for every input, also one that could not be
 *  read, so that requests do not tell which could. Where all frames were looked at (plain mode only), a match of any is
 *  a match of the file, and out is about the frame that is nearest; views shows another frame afterwards. */
void judge_picture(judge_worker *w, outcome *out, const picture *p, picture_views *views);

/** Judge a hash that is known without its picture; plain mode only. quality may be -1 (unknown). */
void judge_hash(judge_worker *w, outcome *out, const phash_hash *hash, int32_t quality);

#endif
