// SPDX-License-Identifier: ISC
/* Between the files of the terminal emulator: what control sequences are made of. */
#pragma once

#include "dev/vt.h"

enum vt_state { GROUND, ESCAPE, ESCAPE_INTERMEDIATE, CSI, CSI_IGNORE, STRING, STRING_ESCAPE };

// vt_cells.c
void vt_mark(struct vt *vt, unsigned from, unsigned to); // rows from to to - 1 have changed
void vt_clear_cells(struct vt *vt, unsigned row, unsigned col, unsigned n);
void vt_clear_rows(struct vt *vt, unsigned from, unsigned to);
void vt_scroll(struct vt *vt, unsigned top, unsigned bottom, int n);
void vt_shift_line(struct vt *vt, unsigned n, bool insert);
void vt_move_to(struct vt *vt, int row,
                int col); // kept inside the screen, or the region in origin mode
void vt_move_rows(struct vt *vt, int n);
void vt_move_cols(struct vt *vt, int n);
void vt_line_feed(struct vt *vt);
void vt_reverse_line_feed(struct vt *vt);
void vt_move_tabs(struct vt *vt, int n);
void vt_reset_tabs(struct vt *vt);
void vt_put_char(struct vt *vt, uint32_t ch);

// vt_modes.c
void vt_set_looks(struct vt *vt); // SGR with the parameters that were read
void vt_set_modes(struct vt *vt, bool on);
void vt_save_cursor(struct vt *vt);
void vt_restore_cursor(struct vt *vt);
void vt_use_screen(struct vt *vt, bool alternate);
void vt_reset(struct vt *vt);
