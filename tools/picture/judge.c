/* SPDX-License-Identifier: Apache-2.0 */
#include "picture/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The evaluator of this process, or a connection to one elsewhere. */
static bool reach_evaluator(judge_worker *w)
{
    const judge *j = w->judge;

    if (j->remote != NULL) {
        w->response_room = phash_query_response_size(w->query);
        w->remote = remote_client_new(j->remote, w->response_room);
        return w->remote != NULL;
    }
    if (phash_evaluator_new(&w->evaluator, j->key, 0, NULL) != PHASH_OK)
        return false;
    w->response_room = phash_evaluator_response_max(w->evaluator);
    return true;
}

bool judge_worker_init(judge_worker *w, const judge *j)
{
    memset(w, 0, sizeof *w);
    w->judge = j;
    w->match_room = 16;
    w->matches = malloc(w->match_room * sizeof *w->matches);
    bool good = w->matches != NULL;
    if (good && j->set != NULL) {
        good = phash_query_new(&w->query, j->set, NULL) == PHASH_OK && reach_evaluator(w);
        if (good) {
            w->request_size = phash_query_request_size(w->query);
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
    remote_client_free(&w->remote);
    free(w->request);
    free(w->response);
    free(w->matches);
    free(w->framed);
    memset(w, 0, sizeof *w);
}

/* Ask about the views of a picture, or about a hash without its picture. */
static phash_status ask(judge_worker *w, size_t *found, const picture_views *views, const phash_hash *hash)
{
    const phash_matcher *matcher = w->judge->matcher;
    size_t asked = 0;

    if (hash != NULL)
        return phash_matcher_find(matcher, w->matches, w->match_room, found, hash, 1);
    return phash_matcher_find_prints(matcher, w->matches, w->match_room, found, &asked, views->print, views->n);
}

/* All matches; the room grows until they fit. */
static phash_status find(judge_worker *w, size_t *found, const picture_views *views, const phash_hash *hash)
{
    phash_status st = ask(w, found, views, hash);

    if (st != PHASH_E_BUFFER_TOO_SMALL)
        return st;
    phash_match *grown = realloc(w->matches, *found * sizeof *grown);
    if (grown == NULL)
        return PHASH_E_NO_MEMORY;
    w->matches = grown;
    w->match_room = *found;
    return ask(w, found, views, hash);
}

/* Hits go to out. views is NULL for a hash without its picture. */
static phash_status judge_plain(judge_worker *w, outcome *out, const picture_views *views, const phash_hash *hash)
{
    size_t found = 0;
    phash_status st = find(w, &found, views, hash);

    for (size_t i = 0; st == PHASH_OK && i < found; i++) {
        const phash_match *m = &w->matches[i];
        phash_list_entry entry;
        st = phash_list_get_entry(w->judge->list, &entry, m->entry);
        if (st != PHASH_OK)
            break;
        hit h = {.distance = m->distance, .list = phash_list_source_name(w->judge->list, m->source),
                 .label_size = entry.label_size};
        if (views != NULL)
            h.view = views->label[m->reading];
        if (!outcome_add_hit(out, &h, (const char *)entry.label))
            st = PHASH_E_NO_MEMORY;
    }
    return st;
}

/* --- all frames --- */

/* A match, and what of the picture matched. */
struct judge_hit {
    phash_match match;
    view_label view;
    uint32_t frame;
    uint32_t at; /* of picture_frames.frame */
};

/* By entry; of one entry the nearest first, and of equally near ones the earliest frame. */
static int by_entry(const void *a, const void *b)
{
    const struct judge_hit *x = a, *y = b;

    if (x->match.entry != y->match.entry)
        return x->match.entry < y->match.entry ? -1 : 1;
    if (x->match.distance != y->match.distance)
        return x->match.distance < y->match.distance ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* As matchers sort: by distance, then in the order of the lists. */
static int by_distance(const void *a, const void *b)
{
    const struct judge_hit *x = a, *y = b;

    if (x->match.distance != y->match.distance)
        return x->match.distance < y->match.distance ? -1 : 1;
    return x->match.entry < y->match.entry ? -1 : x->match.entry > y->match.entry;
}

/* One of each entry. Returns how many are left. */
static size_t thin_out(struct judge_hit *hits, size_t n)
{
    size_t left = 0;

    qsort(hits, n, sizeof *hits, by_entry);
    for (size_t i = 0; i < n; i++)
        if (left == 0 || hits[left - 1].match.entry != hits[i].match.entry)
            hits[left++] = hits[i];
    return left;
}

/* Room for n more; what frames repeat of each other goes first. */
static bool make_room(judge_worker *w, size_t *count, size_t n)
{
    if (w->framed_room - *count >= n)
        return true;
    if (*count != 0)
        *count = thin_out(w->framed, *count);
    const size_t room = 2 * (*count + n);
    if (room <= w->framed_room)
        return true;
    struct judge_hit *grown = realloc(w->framed, room * sizeof *grown);
    if (grown == NULL)
        return false;
    w->framed = grown;
    w->framed_room = room;
    return true;
}

/* The matches of every frame, into w->framed. */
static phash_status find_in_frames(judge_worker *w, size_t *count, picture_views *views)
{
    size_t first = 0;

    for (size_t i = 0; i < views->frames.n; first += views->frames.frame[i++].views) {
        size_t found = 0;
        picture_views_show_frame(views, i, first);
        const phash_status st = find(w, &found, views, NULL);
        if (st != PHASH_OK)
            return st;
        if (!make_room(w, count, found))
            return PHASH_E_NO_MEMORY;
        for (size_t k = 0; k < found; k++)
            w->framed[(*count)++] = (struct judge_hit){w->matches[k], views->label[w->matches[k].reading],
                                                       views->frames.frame[i].frame, (uint32_t)i};
    }
    return PHASH_OK;
}

static void describe_frame(outcome *out, const picture_frame *f)
{
    out->frame = f->frame;
    out->width = f->width;
    out->height = f->height;
    out->has_hash = true;
    out->hash = f->hash;
    out->quality = f->quality;
}

/* Hits go to out, which is then about the frame that is nearest. */
static phash_status judge_frames(judge_worker *w, outcome *out, picture_views *views)
{
    size_t n = 0;
    phash_status st = w->judge->matcher != NULL ? find_in_frames(w, &n, views) : PHASH_OK;

    if (st != PHASH_OK || n == 0)
        return st;
    n = thin_out(w->framed, n);
    qsort(w->framed, n, sizeof *w->framed, by_distance);
    for (size_t i = 0; i < n; i++) {
        const struct judge_hit *f = &w->framed[i];
        phash_list_entry entry;
        st = phash_list_get_entry(w->judge->list, &entry, f->match.entry);
        if (st != PHASH_OK)
            return st;
        const hit h = {.distance = f->match.distance, .view = f->view, .frame = f->frame,
                       .list = phash_list_source_name(w->judge->list, f->match.source),
                       .label_size = entry.label_size};
        if (!outcome_add_hit(out, &h, (const char *)entry.label))
            return PHASH_E_NO_MEMORY;
    }
    describe_frame(out, &views->frames.frame[w->framed[0].at]);
    return PHASH_OK;
}

/* --- private --- */

static const uint32_t *view_ids(judge_worker *w, const picture_views *views)
{
    for (size_t i = 0; i < views->n; i++)
        w->ids[i] = views->label[i].view;
    return w->ids;
}

/* What came of asking: a status, and for an evaluator that gave no response the reason. */
typedef struct asked {
    phash_status status;
    reason no_response;
    phash_diag diag;
} asked;

static phash_status begin_query(judge_worker *w, const picture_views *views)
{
    return phash_query_begin(w->query, w->request, w->request_size, views->print, view_ids(w, views), views->n);
}

static void tell_no_response(judge_worker *w, asked *a)
{
    const char *why;

    a->no_response = remote_trouble(w->remote, &why);
    a->status = PHASH_E_REFUSED;
    snprintf(a->diag.text, sizeof a->diag.text, "%s", why);
}

/* Over the network. Each try has a request of its own, with other blinds. */
static void exchange_remotely(judge_worker *w, outcome *out, asked *a, const picture_views *views)
{
    phash_verdict answer;
    remote_result result = remote_begin(w->remote) ? REMOTE_AGAIN : REMOTE_GAVE_UP;

    while (result == REMOTE_AGAIN) {
        a->status = begin_query(w, views);
        if (a->status != PHASH_OK)
            return;
        out->bytes_up += w->request_size;
        result = remote_ask(w->remote, w->response, w->request, w->request_size, &out->bytes_down);
    }
    if (result == REMOTE_ANSWERED)
        a->status = phash_query_finish(w->query, &answer, &a->diag, w->response, w->response_room);
    else
        tell_no_response(w, a);
}

/* With the evaluator in this process: the same bytes that would cross a network. */
static phash_status exchange_here(judge_worker *w, outcome *out, phash_diag *diag, const picture_views *views)
{
    phash_verdict answer;
    size_t response_size = 0;
    phash_status st = begin_query(w, views);

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

static void judge_private(judge_worker *w, outcome *out, asked *a, const picture_views *views)
{
    if (w->remote != NULL)
        exchange_remotely(w, out, a, views);
    else
        a->status = exchange_here(w, out, &a->diag, views);
    phash_status st = a->status;
    for (size_t i = 0; st == PHASH_OK && i < phash_query_match_count(w->query); i++) {
        phash_private_match m;
        const char *list = NULL;
        uint64_t entries;
        st = phash_query_get_match(w->query, &m, i);
        if (st == PHASH_OK)
            st = phash_set_get_source(w->judge->set, &list, &entries, m.source);
        if (st != PHASH_OK || m.distance > w->judge->radius)
            continue;
        hit h = {.distance = m.distance, .list = list, .view = views->label[m.reading], .label_size = m.label_size};
        if (!outcome_add_hit(out, &h, m.label))
            st = PHASH_E_NO_MEMORY;
    }
    a->status = st;
}

/* What the hits, or their absence, mean for a hash of some quality. A view that says something may match although the
 * picture as a whole says nothing: a listed photograph in a wide frame. Without a match such a picture is not clean. */
static void settle(outcome *out, const asked *a, int32_t quality, uint32_t flags)
{
    if (a->status != PHASH_OK)
        outcome_trouble(out, a->no_response != REASON_NONE ? a->no_response : reason_of(a->status),
                        a->diag.text[0] != '\0' ? a->diag.text : phash_status_string(a->status));
    else if (out->hit_count != 0)
        out->verdict = VERDICT_MATCH;
    else if (quality >= 0 && quality < PHASH_QUALITY_MIN)
        outcome_trouble(out, REASON_LOW_QUALITY, "the picture is too flat to be told from others");
    else if ((flags & PHASH_FINGERPRINT_MEANINGLESS) != 0)
        outcome_trouble(out, REASON_MEANINGLESS, "the hash is rounding noise, as of stripes or gradients");
    else
        out->verdict = VERDICT_CLEAN;
}

static void describe_picture(outcome *out, const picture *p)
{
    out->kind = p->info.kind;
    out->width = p->info.width;
    out->frames = p->info.frames;
    out->frame = p->info.frame;
    out->height = p->info.height;
    if (p->readings != 0) {
        out->has_hash = true;
        out->hash = p->print[0].hash;
        out->quality = p->print[0].quality;
    }
}

/* Rows of digest lists that the file agrees with, whether or not it is a picture. */
static phash_status judge_digests(judge_worker *w, outcome *out, const picture *p)
{
    const phash_digest_list *list = w->judge->digests;
    const size_t n = phash_digest_list_find(list, &p->digests);

    for (size_t i = 0; i < n; i++) {
        phash_digest_hit d;
        const phash_status st = phash_digest_list_get_hit(list, &d, &p->digests, i);
        if (st != PHASH_OK)
            return st;
        hit h = {.digest = d.algorithm, .list = phash_digest_list_source_name(list, d.source),
                 .label_size = d.label_size};
        if (!outcome_add_hit(out, &h, (const char *)d.label))
            return PHASH_E_NO_MEMORY;
    }
    return PHASH_OK;
}

void judge_picture(judge_worker *w, outcome *out, const picture *p, picture_views *views)
{
    asked a = {PHASH_OK, REASON_NONE, {""}};

    describe_picture(out, p);
    const phash_status digests = judge_digests(w, out, p);
    const bool is_listed = out->hit_count != 0;
    out->all_frames = views->frames.frame != NULL;
    if (w->judge->set != NULL)
        judge_private(w, out, &a, views);
    else if (out->all_frames)
        a.status = judge_frames(w, out, views);
    else
        a.status = judge_plain(w, out, views, NULL);
    if (digests != PHASH_OK)
        outcome_trouble(out, reason_of(digests), "its digests could not be looked up");
    else if (is_listed || (out->all_frames && out->hit_count != 0 && a.status == PHASH_OK))
        /* also a file that is no picture, or a damaged one */
        out->verdict = VERDICT_MATCH;
    else if (p->trouble != REASON_NONE)
        outcome_trouble(out, p->trouble, p->why);
    else
        settle(out, &a, p->print[0].quality, p->print[0].flags);
}

void judge_hash(judge_worker *w, outcome *out, const phash_hash *hash, int32_t quality)
{
    asked a = {PHASH_OK, REASON_NONE, {""}};

    out->has_hash = true;
    out->hash = *hash;
    out->quality = quality;
    if (quality < 0 || quality >= PHASH_QUALITY_MIN)
        a.status = judge_plain(w, out, NULL, hash);
    settle(out, &a, quality, 0);
}
