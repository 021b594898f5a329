# SPDX-License-Identifier: Apache-2.0
set(oprf_sources
    digest.c
    digester.c
    element.c
    hash_to_curve.c
    multi_scalar.c
    p256_batch.c
    p256_field.c
    p256_point.c
    p256_scalar.c
    proof.c
    signature.c
    voprf.c
    voprf_client.c
    voprf_server.c)
