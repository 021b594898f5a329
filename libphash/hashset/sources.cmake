set(hashset_sources digest_list.c digest_row.c list_record.c list_rows.c plain_list.c)
set(hashset_private_sources
    band.c digest_tree.c key_file.c manifest.c set_build.c set_builder.c set_derive.c set_finish.c set_gather.c
    set_head.c set_lookup.c set_open.c set_record.c set_sign.c set_trust.c set_work.c static_map.c)
