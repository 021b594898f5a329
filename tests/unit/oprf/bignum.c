/* SPDX-License-Identifier: Apache-2.0 */
#include "bignum.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void require(int ok)
{
    if (!ok) {
        fprintf(stderr, "bignum: OpenSSL failed\n");
        abort();
    }
}

model model_new(const char *modulus_hex)
{
    model m = {BN_CTX_new(), NULL, BN_new(), BN_new(), BN_new()};

    require(m.ctx != NULL && m.a != NULL && m.b != NULL && m.r != NULL && BN_hex2bn(&m.m, modulus_hex) != 0);
    return m;
}

void model_free(model *m)
{
    BN_free(m->m);
    BN_free(m->a);
    BN_free(m->b);
    BN_free(m->r);
    BN_CTX_free(m->ctx);
}

void model_result(const model *m, uint8_t out[32])
{
    require(BN_bn2binpad(m->r, out, 32) == 32);
}

void model_set(model *m, const uint8_t a[32], const uint8_t b[32])
{
    require(BN_bin2bn(a, 32, m->a) != NULL && BN_bin2bn(b, 32, m->b) != NULL);
}

/* Runs of equal bits reach carries that random bits never do. */
static void draw_runs(test_rng *rng, uint8_t out[32])
{
    unsigned bit = 0;
    unsigned value = test_rng_below(rng, 2);

    memset(out, 0, 32);
    while (bit < 256) {
        unsigned end = bit + 1 + test_rng_below(rng, 90);
        for (; bit < end && bit < 256; bit++)
            out[bit / 8] = (uint8_t)(out[bit / 8] | value << (bit % 8));
        value ^= 1;
    }
}

void model_draw(const model *m, test_rng *rng, unsigned i, uint8_t out[32])
{
    BIGNUM *x = BN_new();

    require(x != NULL);
    if (i < 8) {
        BN_set_word(x, i / 2);
        if (i % 2 != 0)
            require(BN_sub(x, m->m, x) && BN_sub_word(x, 1)); /* m - 1, m - 2, ... */
    } else if (i < 8 + 256) {
        require(BN_set_bit(x, (int)i - 8));
    } else {
        if (i % 2 == 0)
            test_rng_fill(rng, out, 32);
        else
            draw_runs(rng, out);
        require(BN_bin2bn(out, 32, x) != NULL);
    }
    require(BN_nnmod(x, x, m->m, m->ctx) && BN_bn2binpad(x, out, 32) == 32);
    BN_free(x);
}
