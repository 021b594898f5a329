/* SPDX-License-Identifier: Apache-2.0 */
/* Seeds of fuzz_tar_read: streams with every kind of header. seeds_tar FOLDER. The first byte seeds the cutting. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 512u
#define ROOM ((size_t)1 << 16)

typedef struct stream {
    uint8_t bytes[ROOM];
    size_t size;
} stream;

static uint8_t *append(stream *s, const void *bytes, size_t size)
{
    uint8_t *at = s->bytes + s->size;
    const size_t padded = (size + BLOCK - 1) / BLOCK * BLOCK;

    if (s->size + padded > ROOM)
        exit(1);
    memset(at, 0, padded);
    if (size != 0)
        memcpy(at, bytes, size);
    s->size += padded;
    return at;
}

/* magic: "ustar", 0, "00", or GNU's "ustar  ". */
static void header(stream *s, char type, const char *name, const char *magic, size_t size)
{
    uint8_t block[BLOCK] = {0};
    unsigned sum = 0;

    snprintf((char *)block, 100, "%s", name);
    snprintf((char *)block + 100, 8, "%07o", 0644u);
    snprintf((char *)block + 124, 12, "%011o", (unsigned)size);
    memset(block + 148, ' ', 8);
    block[156] = (uint8_t)type;
    memcpy(block + 257, magic, 8);
    if (memcmp(magic, "ustar\0", 6) == 0)
        memcpy(block + 345, "folder", 6);
    for (size_t i = 0; i < BLOCK; i++)
        sum += block[i];
    snprintf((char *)block + 148, 8, "%06o", sum);
    append(s, block, BLOCK);
}

static void member(stream *s, char type, const char *name, const char *magic, const char *data, size_t size)
{
    header(s, type, name, magic, size);
    append(s, data, size);
}

static void save(stream *s, const char *folder, const char *name)
{
    char path[4096];

    append(s, "", 0);
    s->size += 2 * BLOCK; /* zero already */
    snprintf(path, sizeof path, "%s/%s.tar", folder, name);
    FILE *f = fopen(path, "wb");
    if (f == NULL || fputc('s', f) == EOF || fwrite(s->bytes, 1, s->size, f) != s->size || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
    memset(s, 0, sizeof *s);
}

int main(int argc, char **argv)
{
    static stream s;
    static const char ustar[] = "ustar\00000";
    static const char gnu[] = "ustar  ";
    static const char pax[] = "31 path=a name in a pax header\n12 size=700\n";
    static const char sparse[] = "22 GNU.sparse.major=1\n25 GNU.sparse.name=dense\n";
    char data[700];

    if (argc != 2)
        return 2;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)(i * 7);
    member(&s, '0', "a.jpg", ustar, data, 512);
    member(&s, '5', "directory/", ustar, data, 0);
    member(&s, '0', "b.jpg", ustar, data, 1);
    member(&s, '2', "link", ustar, data, 0);
    member(&s, '3', "device", ustar, data, 0);
    member(&s, '0', "empty", ustar, data, 0);
    save(&s, argv[1], "ustar");
    member(&s, 'x', "header", ustar, pax, strlen(pax));
    member(&s, '0', "c.jpg", ustar, data, 700);
    member(&s, 'g', "global", ustar, pax, strlen(pax));
    member(&s, '0', "d.jpg", ustar, data, 300);
    member(&s, 'x', "header", ustar, sparse, strlen(sparse));
    member(&s, '0', "e.jpg", ustar, data, 600);
    save(&s, argv[1], "pax");
    member(&s, 'L', "././@LongLink", gnu, "a/long/name/of/gnu/tar", 23);
    member(&s, '0', "a/long/na", gnu, data, 100);
    member(&s, 'K', "././@LongLink", gnu, "target", 7);
    member(&s, '1', "hard link", gnu, data, 0);
    header(&s, 'S', "sparse", gnu, 512);
    append(&s, data, 512);
    save(&s, argv[1], "gnu");
    return 0;
}
