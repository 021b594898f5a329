/* SPDX-License-Identifier: Apache-2.0 */
/* Seeds for fuzz_scan_journal: entries of each shape, and a whole record's head in front of nothing. */
#include "journal/journal_entry.h"

#include <stdio.h>
#include <string.h>

static int save(const char *folder, const char *name, const text *t)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = text_ok(t) ? fopen(path, "wb") : NULL;
    if (file == NULL)
        return 1;
    const size_t n = fwrite(t->data, 1, t->size, file);
    return fclose(file) != 0 || n != t->size;
}

int main(int argc, char **argv)
{
    static picture p = {.info = {PHASH_KIND_JPEG, 640, 480, 6, 0}, .readings = 2, .reading = {0, 1}};
    static phash_fingerprint prints[3];
    static view_label labels[3] = {{0, 0}, {1, 0}, {0, 7}};
    picture_views views = {.n = 3, .print = prints, .label = labels};
    text out = {0};
    int failed = argc != 2;

    for (uint32_t i = 0; i < 3; i++) {
        prints[i].quality = 100;
        for (uint32_t k = 0; k < PHASH_HASH_BITS; k++)
            prints[i].margin[k] = (float)k / 3;
        memset(&prints[i].hash, (int)i, sizeof prints[i].hash);
    }
    for (int margins = 0; margins < 2 && !failed; margins++) {
        text_clear(&out);
        journal_entry_write(&out, &p, &views, margins != 0);
        failed = save(argv[1], margins != 0 ? "margins" : "plain", &out);
    }
    p = (picture){.trouble = REASON_CORRUPT, .why = "damaged", .info = {PHASH_KIND_PNG, 5, 6, 1, 1}};
    views.n = 0;
    text_clear(&out);
    journal_entry_write(&out, &p, &views, false);
    failed = failed || save(argv[1], "trouble", &out);
    text_clear(&out);
    text_put_bytes(&out, "\x8fPLR\0\0\0\0\7", 9);
    failed = failed || save(argv[1], "mark", &out);
    text_clear(&out);
    text_put_bytes(&out, "\x89PHL\r\n\x1a\n\1\0\0\0\0\0\0\0", 16);
    failed = failed || save(argv[1], "head", &out);
    text_free(&out);
    return failed;
}
