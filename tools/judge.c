/* SPDX-License-Identifier: Apache-2.0 */
#include "judge.h"

#include <stdlib.h>
#include <string.h>

bool judge_worker_init(judge_worker *w, const judge *j)
{
    memset(w, 0, sizeof *w);
    w->judge = j;
    w->match_room = 16;
    w->matches = malloc(w->match_room * sizeof *w->matches);
    bool good = w->matches != NULL;
    if (good && j->set != NULL) {
        good = phash_query_new(&w->query, j->set, NULL) == PHASH_OK &&
               phash_evaluator_new(&w->evaluator, j->key, 0, NULL) == PHASH_OK;
        if (good) {
            w->request_size = phash_query_request_size(w->query);
            w->response_room = phash_evaluator_response_max(w->evaluator);
            w->request = malloc(w->request_size);
            w->response = malloc(w->response_room);
            good = w->request != NULL && w->response != NULL;
        }
    }
    if (!good)
        judge_worker_clear(w);
    return good;
}

void judge_worker_clear(judge_worker *w)
{
    phash_query_free(&w->query);
    phash_evaluator_free(&w->evaluator);
    free(w->request);
    free(w->response);
    free(w->matches);
    memset(w, 0, sizeof *w);
}

/* All matches of the readings; the room grows until they fit. */
static phash_status find(judge_worker *w, size_t *found, const phash_hash *readings, size_t n)
{
    phash_status st = phash_matcher_find(w->judge->matcher, w->matches, w->match_room, found, readings, n);

    if (st != PHASH_E_BUFFER_TOO_SMALL)
        return st;
    phash_match *grown = realloc(w->matches, *found * sizeof *grown);
    if (grown == NULL)
        return PHASH_E_NO_MEMORY;
    w->matches = grown;
    w->match_room = *found;
    return phash_matcher_find(w->judge->matcher, w->matches, w->match_room, found, readings, n);
}

/* readings and their names; hits go to out. */
static phash_status judge_plain(judge_worker *w, outcome *out, const phash_hash *readings, const char *const *views,
                                size_t n)
{
    size_t found = 0;
    phash_status st = n != 0 ? find(w, &found, readings, n) : PHASH_OK;

    for (size_t i = 0; st == PHASH_OK && i < found; i++) {
        const phash_match *m = &w->matches[i];
        phash_list_entry entry;
        st = phash_list_get_entry(w->judge->list, &entry, m->entry);
        if (st != PHASH_OK)
            break;
        hit h = {m->distance, phash_list_source_name(w->judge->list, m->source), views[m->reading], 0,
                 entry.label_size};
        if (!outcome_add_hit(out, &h, (const char *)entry.label))
            st = PHASH_E_NO_MEMORY;
    }
    return st;
}

/* One exchange with the evaluator in this process: the same bytes that would cross a network. */
static phash_status exchange(judge_worker *w, outcome *out, phash_diag *diag, const picture *p)
{
    phash_verdict answer;
    size_t response_size = 0;
    phash_status st = phash_query_begin(w->query, w->request, w->request_size, p->print, p->readings);

    if (st != PHASH_OK)
        return st;
    out->bytes_up = w->request_size;
    st = phash_evaluator_answer(w->evaluator, w->response, w->response_room, &response_size, NULL, diag, w->request,
                                w->request_size);
    out->bytes_down = response_size;
    if (response_size == 0)
        return st != PHASH_OK ? st : PHASH_E_INTERNAL;
    return phash_query_finish(w->query, &answer, diag, w->response, response_size);
}

static phash_status judge_private(judge_worker *w, outcome *out, phash_diag *diag, const picture *p)
{
    phash_status st = exchange(w, out, diag, p);

    for (size_t i = 0; st == PHASH_OK && i < phash_query_match_count(w->query); i++) {
        phash_private_match m;
        const char *list = NULL;
        uint64_t entries;
        st = phash_query_get_match(w->query, &m, i);
        if (st == PHASH_OK)
            st = phash_set_get_source(w->judge->set, &list, &entries, m.source);
        if (st != PHASH_OK || m.distance > w->judge->radius)
            continue;
        hit h = {m.distance, list, phash_reading_name(p->reading[m.reading]), 0, m.label_size};
        if (!outcome_add_hit(out, &h, m.label))
            st = PHASH_E_NO_MEMORY;
    }
    return st;
}

/* What the hits, or their absence, mean for a fingerprint of some quality. */
static void settle(outcome *out, phash_status st, const phash_diag *diag, int32_t quality)
{
    if (st != PHASH_OK)
        outcome_trouble(out, reason_of(st), diag->text[0] != '\0' ? diag->text : phash_status_string(st));
    else if (out->hit_count != 0)
        out->verdict = VERDICT_MATCH;
    else if (quality >= 0 && quality < PHASH_QUALITY_MIN)
        outcome_trouble(out, REASON_LOW_QUALITY, "the picture is too flat to be told from others");
    else
        out->verdict = VERDICT_CLEAN;
}

static void describe_picture(outcome *out, const picture *p)
{
    out->kind = p->info.kind;
    out->width = p->info.width;
    out->height = p->info.height;
    if (p->readings != 0) {
        out->has_hash = true;
        out->hash = p->print[0].hash;
        out->quality = p->print[0].quality;
    }
}

void judge_picture(judge_worker *w, outcome *out, const picture *p)
{
    phash_diag diag = {""};
    phash_hash readings[PHASH_READINGS_MAX];
    const char *views[PHASH_READINGS_MAX];
    size_t n = 0;
    phash_status st;

    describe_picture(out, p);
    if (w->judge->set != NULL) {
        st = judge_private(w, out, &diag, p);
    } else {
        for (uint32_t i = 0; i < p->readings; i++)
            if (p->print[i].quality >= PHASH_QUALITY_MIN) {
                readings[n] = p->print[i].hash;
                views[n++] = phash_reading_name(p->reading[i]);
            }
        st = judge_plain(w, out, readings, views, n);
    }
    if (p->trouble != REASON_NONE)
        outcome_trouble(out, p->trouble, p->why);
    else
        settle(out, st, &diag, p->print[0].quality);
}

void judge_hash(judge_worker *w, outcome *out, const phash_hash *hash, int32_t quality)
{
    phash_diag diag = {""};
    const char *view = "upright";
    bool usable = quality < 0 || quality >= PHASH_QUALITY_MIN;

    out->has_hash = true;
    out->hash = *hash;
    out->quality = quality;
    settle(out, judge_plain(w, out, hash, &view, usable ? 1 : 0), &diag, quality);
}
