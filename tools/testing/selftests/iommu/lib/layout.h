/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sizes, offsets and numbers of the user space interface, as programs that were
 * built for other kernels have them. Checked when this is compiled.
 */
#ifndef SELFTESTS_IOMMU_LIB_LAYOUT_H
#define SELFTESTS_IOMMU_LIB_LAYOUT_H

#include <assert.h>
#include <stddef.h>
#include <linux/iommufd.h>

#define LAYOUT(_struct, _member, _offset) \
	static_assert(offsetof(struct _struct, _member) == (_offset), \
		      #_struct "." #_member)
#define SIZE(_struct, _size) \
	static_assert(sizeof(struct _struct) == (_size), #_struct)

SIZE(iommu_destroy, 8);
LAYOUT(iommu_destroy, id, 4);
SIZE(iommu_ioas_alloc, 12);
LAYOUT(iommu_ioas_alloc, flags, 4);
LAYOUT(iommu_ioas_alloc, out_ioas_id, 8);
SIZE(iommu_iova_range, 16);
LAYOUT(iommu_iova_range, last, 8);
SIZE(iommu_ioas_iova_ranges, 32);
LAYOUT(iommu_ioas_iova_ranges, ioas_id, 4);
LAYOUT(iommu_ioas_iova_ranges, num_iovas, 8);
LAYOUT(iommu_ioas_iova_ranges, __reserved, 12);
LAYOUT(iommu_ioas_iova_ranges, allowed_iovas, 16);
LAYOUT(iommu_ioas_iova_ranges, out_iova_alignment, 24);
SIZE(iommu_ioas_map, 40);
LAYOUT(iommu_ioas_map, flags, 4);
LAYOUT(iommu_ioas_map, ioas_id, 8);
LAYOUT(iommu_ioas_map, __reserved, 12);
LAYOUT(iommu_ioas_map, user_va, 16);
LAYOUT(iommu_ioas_map, length, 24);
LAYOUT(iommu_ioas_map, iova, 32);
SIZE(iommu_ioas_map_file, 40);
LAYOUT(iommu_ioas_map_file, flags, 4);
LAYOUT(iommu_ioas_map_file, ioas_id, 8);
LAYOUT(iommu_ioas_map_file, fd, 12);
LAYOUT(iommu_ioas_map_file, start, 16);
LAYOUT(iommu_ioas_map_file, length, 24);
LAYOUT(iommu_ioas_map_file, iova, 32);
SIZE(iommu_ioas_change_process, 8);
LAYOUT(iommu_ioas_change_process, __reserved, 4);
SIZE(iommu_ioas_allow_iovas, 24);
LAYOUT(iommu_ioas_allow_iovas, ioas_id, 4);
LAYOUT(iommu_ioas_allow_iovas, num_iovas, 8);
LAYOUT(iommu_ioas_allow_iovas, __reserved, 12);
LAYOUT(iommu_ioas_allow_iovas, allowed_iovas, 16);
SIZE(iommu_ioas_copy, 40);
LAYOUT(iommu_ioas_copy, flags, 4);
LAYOUT(iommu_ioas_copy, dst_ioas_id, 8);
LAYOUT(iommu_ioas_copy, src_ioas_id, 12);
LAYOUT(iommu_ioas_copy, length, 16);
LAYOUT(iommu_ioas_copy, dst_iova, 24);
LAYOUT(iommu_ioas_copy, src_iova, 32);
SIZE(iommu_option, 24);
LAYOUT(iommu_option, option_id, 4);
LAYOUT(iommu_option, op, 8);
LAYOUT(iommu_option, __reserved, 10);
LAYOUT(iommu_option, object_id, 12);
LAYOUT(iommu_option, val64, 16);
SIZE(iommu_ioas_unmap, 24);
LAYOUT(iommu_ioas_unmap, ioas_id, 4);
LAYOUT(iommu_ioas_unmap, iova, 8);
LAYOUT(iommu_ioas_unmap, length, 16);

static_assert(IOMMU_DESTROY == 0x3b80, "number");
static_assert(IOMMU_IOAS_ALLOC == 0x3b81, "number");
static_assert(IOMMU_IOAS_ALLOW_IOVAS == 0x3b82, "number");
static_assert(IOMMU_IOAS_COPY == 0x3b83, "number");
static_assert(IOMMU_IOAS_IOVA_RANGES == 0x3b84, "number");
static_assert(IOMMU_IOAS_MAP == 0x3b85, "number");
static_assert(IOMMU_IOAS_UNMAP == 0x3b86, "number");
static_assert(IOMMU_OPTION == 0x3b87, "number");
static_assert(IOMMU_IOAS_MAP_FILE == 0x3b8f, "number");
static_assert(IOMMU_IOAS_CHANGE_PROCESS == 0x3b92, "number");
static_assert(IOMMU_OPTION_RLIMIT_MODE == 0, "option");
static_assert(IOMMU_OPTION_HUGE_PAGES == 1, "option");
static_assert(IOMMU_OPTION_OP_SET == 0, "operation");
static_assert(IOMMU_OPTION_OP_GET == 1, "operation");
static_assert(IOMMU_IOAS_MAP_FIXED_IOVA == 1, "flag");
static_assert(IOMMU_IOAS_MAP_WRITEABLE == 2, "flag");
static_assert(IOMMU_IOAS_MAP_READABLE == 4, "flag");

#endif
