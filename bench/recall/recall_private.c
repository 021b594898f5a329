/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "recall.h"

#include <stdlib.h>
#include <string.h>

static int keep_bytes(void *user, const uint8_t *bytes, size_t size)
{
    recall_set *s = user;

    if (s->size + size > s->room) {
        size_t room = 2 * (s->size + size);
        uint8_t *grown = realloc(s->bytes, room);
        if (grown == NULL)
            return -1;
        s->bytes = grown;
        s->room = room;
    }
    memcpy(s->bytes + s->size, bytes, size);
    s->size += size;
    return 0;
}

/* The label of an entry is the number of its photo. */
static phash_status list_originals(phash_list **out, const recall_index *index)
{
    phash_list *list = NULL;
    phash_status st = phash_list_new(&list, NULL, NULL);

    if (st == PHASH_OK)
        st = phash_list_source_begin(list, "originals", NULL, NULL);
    for (size_t i = 0; st == PHASH_OK && i < index->n_photos; i++) {
        char label[32];
        int size = snprintf(label, sizeof label, "%zu", i);
        if (index->photos[i].judged)
            st = phash_list_add(list, &index->photos[i].hash, (const uint8_t *)label, (size_t)size,
                                PHASH_QUALITY_UNKNOWN);
    }
    if (st == PHASH_OK)
        st = phash_list_source_end(list, NULL);
    if (st == PHASH_OK)
        *out = list;
    else
        phash_list_free(&list);
    return st;
}

bool recall_private_build(recall_private *p, const recall_index *index)
{
    phash_list *list = NULL;
    phash_diag diag = {""};
    phash_status st;

    st = list_originals(&list, index);
    if (st == PHASH_OK)
        st = phash_key_new(&p->key, NULL);
    for (size_t i = 0; st == PHASH_OK && i < p->n_bands; i++) {
        phash_set_params params = {.struct_size = sizeof params, .bands = p->bands[i], .budget = p->budget,
                                   .sequence = 1, .name = "recall"};
        recall_set *s = &p->sets[i];
        st = phash_set_build(NULL, &diag, p->key, list, &p->radius, &params, keep_bytes, s, NULL, NULL, NULL);
        if (st == PHASH_OK)
            st = phash_set_open_memory(&s->set, &diag, s->bytes, s->size, NULL);
    }
    phash_list_free(&list);
    if (st != PHASH_OK)
        fprintf(stderr, "bench-recall: no blinded set: %s\n",
                diag.text[0] != '\0' ? diag.text : phash_status_string(st));
    return st == PHASH_OK;
}

void recall_private_free(recall_private *p)
{
    for (size_t i = 0; i < RECALL_BANDS_MAX; i++) {
        phash_set_free(&p->sets[i].set);
        free(p->sets[i].bytes);
        p->sets[i].bytes = NULL;
    }
    phash_key_free(&p->key);
}

bool recall_asker_init(recall_asker *a, const recall_private *p)
{
    phash_status st = PHASH_OK;

    memset(a, 0, sizeof *a);
    a->probes = calloc(p->budgets[p->n_budgets - 1], sizeof *a->probes);
    for (size_t i = 0; st == PHASH_OK && i < p->n_bands; i++)
        st = phash_planner_new(&a->planner[i], p->bands[i], p->budgets[p->n_budgets - 1], NULL);
    if (st != PHASH_OK || a->probes == NULL)
        return false;
    if (p->sample == 0)
        return true;
    st = phash_evaluator_new(&a->evaluator, p->key, 0, NULL);
    for (size_t i = 0; st == PHASH_OK && i < p->n_bands; i++)
        st = phash_query_new(&a->query[i], p->sets[i].set, NULL);
    if (st != PHASH_OK)
        return false;
    a->request_room = phash_query_request_size(a->query[0]); /* the budget decides, not the bands */
    a->response_room = phash_evaluator_response_max(a->evaluator);
    a->request = malloc(a->request_room);
    a->response = malloc(a->response_room);
    return a->request != NULL && a->response != NULL;
}

void recall_asker_clear(recall_asker *a)
{
    for (size_t i = 0; i < RECALL_BANDS_MAX; i++) {
        phash_planner_free(&a->planner[i]);
        phash_query_free(&a->query[i]);
    }
    free(a->probes);
    phash_evaluator_free(&a->evaluator);
    free(a->request);
    free(a->response);
    memset(a, 0, sizeof *a);
}

phash_status recall_plan(recall_asker *a, const recall_private *p, size_t i, uint32_t *tokens, const phash_hash *hash,
                         const phash_fingerprint *prints, const uint32_t *ids, size_t n)
{
    uint64_t values[8];
    uint32_t planned = 0;
    phash_status st = phash_hash_bands(values, hash, p->bands[i]);

    *tokens = RECALL_NOT_FOUND;
    if (st == PHASH_OK)
        st = phash_planner_run(a->planner[i], a->probes, &planned, prints, ids, n);
    for (uint32_t k = 0; st == PHASH_OK && k < planned; k++)
        if (a->probes[k].value == values[a->probes[k].band]) {
            *tokens = k + 1;
            break;
        }
    return st;
}

static phash_status exchange(recall_asker *a, phash_query *query, const phash_fingerprint *prints, const uint32_t *ids,
                             size_t n)
{
    phash_verdict verdict;
    size_t written = 0;
    phash_status st = phash_query_begin(query, a->request, a->request_room, prints, ids, n);

    if (st == PHASH_OK)
        st = phash_evaluator_answer(a->evaluator, a->response, a->response_room, &written, NULL, NULL, a->request,
                                    a->request_room);
    if (st == PHASH_OK)
        st = phash_query_finish(query, &verdict, NULL, a->response, written);
    return st;
}

phash_status recall_ask(recall_asker *a, size_t i, uint32_t *distance, uint64_t *others, const recall_index *index,
                        size_t photo, const phash_fingerprint *prints, const uint32_t *ids, size_t n)
{
    phash_query *query = a->query[i];
    phash_status st = exchange(a, query, prints, ids, n);

    *distance = RECALL_NOT_FOUND;
    for (size_t k = 0; st == PHASH_OK && k < phash_query_match_count(query); k++) {
        phash_private_match m;
        st = phash_query_get_match(query, &m, k);
        if (st != PHASH_OK)
            break;
        size_t entry = (size_t)strtoull(m.label, NULL, 10);
        if (entry == photo && m.distance < *distance)
            *distance = m.distance;
        else if (entry != photo && entry < index->n_photos && index->same[entry * index->n_photos + photo] == 0)
            ++*others;
    }
    return st;
}
