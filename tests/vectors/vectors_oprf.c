/* SPDX-License-Identifier: Apache-2.0 */
/* vectors_oprf curve|protocol|decode: every case of the JSON files in $PHASH_TEST_DATA/oprf. Prints how many
 * cases passed; exit status 77 when the file is not there. */
#include "oprf/voprf_internal.h"
#include "support/json.h"
#include "vectors/poprf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static phash_allocator allocator;
static unsigned long passed;
static unsigned long failed;

static void check(bool ok, const char *what, size_t i)
{
    if (ok) {
        passed++;
        return;
    }
    failed++;
    printf("FAIL: %s, case %zu\n", what, i);
}

/* Does the string hold exactly these bytes in hexadecimal? */
static bool same(json value, const uint8_t *bytes, size_t size)
{
    static uint8_t expected[4096];

    return json_hex(value, expected, sizeof expected) == (long)size && memcmp(expected, bytes, size) == 0;
}

static bool same_point(json point, const phash_affine *p)
{
    uint8_t x[32], y[32];

    phash_fe_to_bytes(x, &p->x);
    phash_fe_to_bytes(y, &p->y);
    return same(json_member(point, "x"), x, 32) && same(json_member(point, "y"), y, 32);
}

static bool read_dst(phash_digest *d, phash_dst *dst, json text)
{
    char tag[512];

    return json_string(text, tag, sizeof tag) && phash_dst_init(d, dst, tag, strlen(tag)) == PHASH_OK;
}

/* One case of J.1.1 (two maps and a sum) or J.1.2 (one map). */
static bool curve_case(phash_digest *d, json v, const phash_dst *dst, size_t maps)
{
    static uint8_t message[4096], uniform[96];
    static const char *const names[2][2] = {{"Q", ""}, {"Q0", "Q1"}};
    long size = json_hex(json_member(v, "msg_hex"), message, sizeof message);
    phash_part part = {message, (size_t)size};
    bool ok = size >= 0 && phash_expand_message(d, uniform, 48 * maps, &part, 1, dst) == PHASH_OK;
    phash_affine a;

    for (size_t i = 0; ok && i < maps; i++) {
        uint8_t bytes[32];
        phash_fe u;
        phash_point q;
        phash_fe_from_48_bytes(&u, uniform + 48 * i);
        phash_fe_to_bytes(bytes, &u);
        phash_map_to_curve(&q, &u);
        phash_points_to_affine(&a, &q, 1);
        ok = same(json_item(json_member(v, "u"), i), bytes, 32) && same_point(json_member(v, names[maps - 1][i]), &a);
    }
    if (maps == 2)
        ok = ok && phash_hash_to_curve(d, NULL, &a, &part, 1, dst) == PHASH_OK;
    uint8_t encoded[33];
    if (ok)
        phash_affine_encode(encoded, &a);
    return ok && same_point(json_member(v, "P"), &a) && same(json_member(v, "P_compressed"), encoded, 33);
}

static bool expand_case(phash_digest *d, json t, const phash_dst *dst)
{
    static uint8_t message[4096], out[256];
    long size = json_hex(json_member(t, "msg_hex"), message, sizeof message);
    phash_part part = {message, (size_t)size};
    char text[16] = "";
    json length = json_member(t, "len_in_bytes");

    if (size < 0 || json_missing(length) || (size_t)(length.end - length.at) >= sizeof text)
        return false;
    memcpy(text, length.at, (size_t)(length.end - length.at));
    size_t n = strtoul(text, NULL, 10);
    return n <= sizeof out && same(json_member(t, "DST_prime"), dst->bytes, dst->size) &&
           phash_expand_message(d, out, n, &part, 1, dst) == PHASH_OK && same(json_member(t, "uniform_bytes"), out, n);
}

static void run_curve(json root)
{
    phash_digest *d = NULL;
    phash_dst dst;
    static const char *const suites[] = {"P256_XMD:SHA-256_SSWU_NU_", "P256_XMD:SHA-256_SSWU_RO_"};

    if (phash_digest_new(&d, &allocator) != PHASH_OK)
        return;
    for (size_t maps = 1; maps <= 2; maps++) {
        json suite = json_member(json_member(root, "suites"), suites[maps - 1]);
        json vectors = json_member(suite, "vectors");
        check(read_dst(d, &dst, json_member(suite, "dst")), "tag", maps);
        for (size_t i = 0; i < json_count(vectors); i++)
            check(curve_case(d, json_item(vectors, i), &dst, maps), suites[maps - 1], i);
    }
    json groups = json_member(root, "expand_message_xmd");
    for (size_t g = 0; g < json_count(groups); g++) {
        json tests = json_member(json_item(groups, g), "tests");
        check(read_dst(d, &dst, json_member(json_item(groups, g), "DST")), "tag", g);
        for (size_t i = 0; i < json_count(tests); i++)
            check(expand_case(d, json_item(tests, i), &dst), "expand_message_xmd", i);
    }
    phash_digest_free(&d);
}

/* One vector with what the steps make of it; at most four inputs. */
typedef struct run {
    size_t n;
    uint8_t inputs[4][256], blinds[128], nonce[32];
    phash_part parts[4];
    uint8_t blinded[132], evaluated[132], outputs[128], proof[64];
} run;

static bool read_case(run *r, json t, bool with_proof)
{
    r->n = json_count(json_member(t, "input"));
    bool ok = r->n >= 1 && r->n <= 4;

    for (size_t i = 0; ok && i < r->n; i++) {
        long size = json_hex(json_item(json_member(t, "input"), i), r->inputs[i], sizeof r->inputs[i]);
        r->parts[i] = (phash_part){r->inputs[i], (size_t)size};
        ok = size >= 0 && json_hex(json_item(json_member(t, "blind"), i), r->blinds + 32 * i, 32) == 32;
    }
    return ok && (!with_proof || json_hex(json_member(t, "proof_r"), r->nonce, 32) == 32);
}

/* Every element and output, byte for byte. */
static bool same_run(phash_voprf *v, json t, const run *r)
{
    bool ok = json_count(json_member(t, "output")) == r->n;

    for (size_t i = 0; ok && i < r->n; i++) {
        uint8_t hashed[33];
        json derived = json_member(t, "derived");
        ok = same(json_item(json_member(t, "blindedElement"), i), r->blinded + 33 * i, 33) &&
             same(json_item(json_member(t, "evaluationElement"), i), r->evaluated + 33 * i, 33) &&
             same(json_item(json_member(t, "output"), i), r->outputs + 32 * i, 32) &&
             phash_voprf_hash_to_group(v, hashed, r->inputs[i], r->parts[i].size) == PHASH_OK &&
             same(json_item(json_member(derived, "inputElement"), i), hashed, 33);
    }
    return ok;
}

static bool oprf_case(phash_voprf *v, json t, const uint8_t secret[32], const uint8_t pk[33])
{
    static run r;
    phash_affine points[4];
    phash_scalar k;

    (void)pk;
    return read_case(&r, t, false) && phash_voprf_blind_batch(v, r.blinded, r.blinds, r.parts, r.n) == PHASH_OK &&
           phash_scalar_read(&k, secret) == PHASH_OK &&
           phash_elements_decode(v, points, r.blinded, r.n, NULL) == PHASH_OK &&
           phash_elements_evaluate(v, r.evaluated, points, r.n, &k) == PHASH_OK &&
           phash_elements_decode(v, points, r.evaluated, r.n, NULL) == PHASH_OK &&
           phash_elements_finalize(v, r.outputs, r.parts, r.blinds, points, r.n) == PHASH_OK && same_run(v, t, &r);
}

static bool voprf_case(phash_voprf *v, json t, const uint8_t secret[32], const uint8_t pk[33])
{
    static run r;

    return read_case(&r, t, true) && phash_voprf_blind_batch(v, r.blinded, r.blinds, r.parts, r.n) == PHASH_OK &&
           phash_voprf_evaluate(v, r.evaluated, r.proof, NULL, secret, pk, r.blinded, r.n, r.nonce) == PHASH_OK &&
           same(json_member(t, "proof"), r.proof, 64) &&
           phash_voprf_finalize(v, r.outputs, r.parts, r.blinds, r.blinded, r.evaluated, r.n, pk, r.proof) ==
               PHASH_OK &&
           same_run(v, t, &r);
}

static bool poprf_case(phash_voprf *v, json t, const uint8_t secret[32], const uint8_t pk[33])
{
    static run r;
    uint8_t info_bytes[256], key[33], direct[32];
    long size = json_hex(json_member(t, "info"), info_bytes, sizeof info_bytes);
    const phash_part info = {info_bytes, (size_t)size};
    bool ok = size >= 0 && read_case(&r, t, true) &&
              phash_voprf_blind_batch(v, r.blinded, r.blinds, r.parts, r.n) == PHASH_OK &&
              poprf_tweaked_key(v, key, pk, &info) &&
              same(json_member(json_member(t, "derived"), "tweakedKey"), key, 33) &&
              poprf_evaluate(v, r.evaluated, r.proof, secret, r.blinded, r.n, &info, r.nonce) &&
              same(json_member(t, "proof"), r.proof, 64);
    const poprf_exchange x = {r.parts, r.blinds, r.blinded, r.evaluated, r.n};

    ok = ok && !poprf_finalize(v, r.outputs, &x, pk, r.proof, &info) && /* the key without the tweak */
         poprf_finalize(v, r.outputs, &x, key, r.proof, &info) && same_run(v, t, &r);
    for (size_t i = 0; ok && i < r.n; i++)
        ok = poprf_output(v, direct, secret, &r.parts[i], &info) &&
             same(json_item(json_member(t, "output"), i), direct, 32);
    return ok;
}

static void run_protocol(json root)
{
    static bool (*const run_case[])(phash_voprf *, json, const uint8_t *, const uint8_t *) = {oprf_case, voprf_case,
                                                                                              poprf_case};
    static const char *const name[] = {"OPRF", "VOPRF", "POPRF"};

    for (uint8_t mode = PHASH_MODE_OPRF; mode <= POPRF_MODE; mode++) {
        json m = json_item(json_member(root, "modes"), mode);
        json vectors = json_member(m, "vectors");
        uint8_t seed[32], info[64], secret[32], pk[33];
        phash_voprf *v = NULL;
        char number[2] = {(char)('0' + mode), 0};
        long info_size = json_hex(json_member(m, "keyInfo"), info, sizeof info);
        bool ok = json_is(json_member(m, "mode"), number) && info_size >= 0 &&
                  json_hex(json_member(m, "seed"), seed, 32) == 32 &&
                  phash_voprf_new_mode(&v, &allocator, mode) == PHASH_OK &&
                  phash_voprf_derive_key(v, secret, pk, seed, info, (size_t)info_size) == PHASH_OK &&
                  same(json_member(m, "skSm"), secret, 32) && same(json_member(m, "pkSm"), pk, 33);
        check(ok, "key pair of mode", mode);
        for (size_t i = 0; ok && i < json_count(vectors); i++)
            check(run_case[mode](v, json_item(vectors, i), secret, pk), name[mode], i);
        phash_voprf_free(&v);
    }
    check(json_missing(json_item(json_member(root, "modes"), POPRF_MODE + 1)), "mode nobody runs", POPRF_MODE + 1);
}

static void run_decode(json root)
{
    static const uint8_t zero[32];
    json elements = json_member(root, "element");
    json scalars = json_member(root, "scalar");
    phash_voprf *v = NULL;

    if (phash_voprf_new(&v, &allocator) != PHASH_OK)
        return;
    for (size_t i = 0; i < json_count(elements); i++) {
        uint8_t bytes[256];
        long size = json_hex(json_member(json_item(elements, i), "hex"), bytes, sizeof bytes);
        bool accept = json_is(json_member(json_item(elements, i), "accept"), "true");
        phash_status want = accept ? PHASH_OK : PHASH_E_POINT_INVALID;
        check(size >= 0 && phash_element_check(v, bytes, (size_t)size) == want, "element", i);
    }
    for (size_t i = 0; i < json_count(scalars); i++) {
        uint8_t bytes[32];
        phash_scalar s;
        bool ok = json_hex(json_member(json_item(scalars, i), "hex"), bytes, sizeof bytes) == 32;
        bool in_range = json_is(json_member(json_item(scalars, i), "accept_range_0_to_n-1"), "true");
        bool usable = in_range && memcmp(bytes, zero, 32) != 0; /* as key or blind */
        check(ok && (phash_scalar_from_bytes(&s, bytes) != 0) == in_range, "scalar range", i);
        check(ok && phash_scalar_check(v, bytes) == (usable ? PHASH_OK : PHASH_E_KEY), "scalar as key", i);
    }
    phash_voprf_free(&v);
}

static const struct {
    const char *name, *file;
    void (*run)(json root);
    unsigned long least; /* so that an empty walk is no success */
} parts[] = {
    {"curve", "oprf/rfc9380_p256.json", run_curve, 5 + 5 + 20},
    {"protocol", "oprf/rfc9497_p256_sha256.json", run_protocol, 3 + 2 + 3 + 3 + 1},
    {"decode", "oprf/p256_decode_cases.json", run_decode, 27 + 2 * 6},
};

int main(int argc, char **argv)
{
    allocator = phash_allocator_from(NULL);
    for (size_t i = 0; argc == 2 && i < sizeof parts / sizeof *parts; i++) {
        if (strcmp(argv[1], parts[i].name) != 0)
            continue;
        size_t size = 0;
        char *text = json_read_file(parts[i].file, &size);
        if (text == NULL) {
            printf("SKIP: no $PHASH_TEST_DATA/%s\n", parts[i].file);
            return 77;
        }
        parts[i].run(json_parse(text, size));
        free(text);
        printf("%s: %lu passed, %lu failed, of at least %lu\n", parts[i].file, passed, failed, parts[i].least);
        return failed == 0 && passed >= parts[i].least ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    fprintf(stderr, "usage: vectors_oprf curve|protocol|decode\n");
    return 64;
}
