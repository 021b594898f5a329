set(hash_sources border.c dihedral.c distance.c filter.c fingerprint.c hasher.c luma_plane.c margin.c text.c view_list.c
    views.c)
