set(hash_sources border.c dihedral.c distance.c filter.c fingerprint.c hasher.c luma_plane.c text.c view_list.c views.c)
