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
#include <linux/iommufd_group.h>

#define SIZE(_struct, _size) \
	static_assert(sizeof(struct _struct) == (_size), #_struct)
#define FIELD(_struct, _member, _offset, _size) \
	static_assert(offsetof(struct _struct, _member) == (_offset) && \
		      sizeof(((struct _struct *)0)->_member) == (_size), \
		      #_struct "." #_member)
#define NUMBER(_name, _value) static_assert((_name) == (_value), #_name)

NUMBER(IOMMUFD_TYPE, 0x3b);
NUMBER(IOMMU_DESTROY, 0x3b80);
NUMBER(IOMMU_IOAS_ALLOC, 0x3b81);
NUMBER(IOMMU_IOAS_IOVA_RANGES, 0x3b84);
NUMBER(IOMMU_IOAS_ALLOW_IOVAS, 0x3b82);
NUMBER(IOMMU_IOAS_MAP, 0x3b85);
NUMBER(IOMMU_IOAS_COPY, 0x3b83);
NUMBER(IOMMU_IOAS_UNMAP, 0x3b86);
NUMBER(IOMMU_OPTION, 0x3b87);
NUMBER(IOMMU_VFIO_IOAS, 0x3b88);
NUMBER(IOMMU_HWPT_ALLOC, 0x3b89);
NUMBER(IOMMU_GET_HW_INFO, 0x3b8a);
NUMBER(IOMMU_IOAS_MAP_FILE, 0x3b8f);
NUMBER(IOMMU_IOAS_CHANGE_PROCESS, 0x3b92);
NUMBER(IOMMU_GROUP_INFO, 0x3bc0);
NUMBER(IOMMUFD_CMD_BASE, 0x80);
NUMBER(IOMMUFD_CMD_DESTROY, 0x80);
NUMBER(IOMMUFD_CMD_IOAS_ALLOC, 0x81);
NUMBER(IOMMUFD_CMD_IOAS_ALLOW_IOVAS, 0x82);
NUMBER(IOMMUFD_CMD_IOAS_COPY, 0x83);
NUMBER(IOMMUFD_CMD_IOAS_IOVA_RANGES, 0x84);
NUMBER(IOMMUFD_CMD_IOAS_MAP, 0x85);
NUMBER(IOMMUFD_CMD_IOAS_UNMAP, 0x86);
NUMBER(IOMMUFD_CMD_OPTION, 0x87);
NUMBER(IOMMUFD_CMD_VFIO_IOAS, 0x88);
NUMBER(IOMMUFD_CMD_HWPT_ALLOC, 0x89);
NUMBER(IOMMUFD_CMD_GET_HW_INFO, 0x8a);
NUMBER(IOMMU_HWPT_DATA_NONE, 0x0);
NUMBER(IOMMU_HW_INFO_TYPE_NONE, 0x0);
NUMBER(IOMMU_VFIO_IOAS_GET, 0x0);
NUMBER(IOMMU_VFIO_IOAS_SET, 0x1);
NUMBER(IOMMU_VFIO_IOAS_CLEAR, 0x2);
NUMBER(IOMMUFD_CMD_IOAS_MAP_FILE, 0x8f);
NUMBER(IOMMUFD_CMD_IOAS_CHANGE_PROCESS, 0x92);
NUMBER(IOMMUFD_CMD_GROUP_INFO, 0xc0);
NUMBER(IOMMU_IOAS_MAP_FIXED_IOVA, 0x1);
NUMBER(IOMMU_IOAS_MAP_WRITEABLE, 0x2);
NUMBER(IOMMU_IOAS_MAP_READABLE, 0x4);
NUMBER(IOMMU_OPTION_RLIMIT_MODE, 0x0);
NUMBER(IOMMU_OPTION_HUGE_PAGES, 0x1);
NUMBER(IOMMU_OPTION_OP_SET, 0x0);
NUMBER(IOMMU_OPTION_OP_GET, 0x1);
NUMBER(IOMMU_GROUP_FREE, 0x0);
NUMBER(IOMMU_GROUP_OURS, 0x1);
NUMBER(IOMMU_GROUP_OTHERS, 0x2);
NUMBER(IOMMU_GROUP_KERNEL, 0x3);
NUMBER(IOMMU_GROUP_POLICY_PARKED, 0x0);
NUMBER(IOMMU_GROUP_POLICY_STRICT, 0x1);
NUMBER(IOMMU_GROUP_BUS_OTHER, 0x0);
NUMBER(IOMMU_GROUP_BUS_PCI, 0x1);
NUMBER(IOMMU_GROUP_MEMBER_FREE, 0x0);
NUMBER(IOMMU_GROUP_MEMBER_OURS, 0x1);
NUMBER(IOMMU_GROUP_MEMBER_OTHERS, 0x2);
NUMBER(IOMMU_GROUP_MEMBER_PARKED, 0x3);
NUMBER(IOMMU_GROUP_MEMBER_NEUTRAL, 0x4);
NUMBER(IOMMU_GROUP_MEMBER_KERNEL, 0x5);
NUMBER(IOMMU_GROUP_MEMBER_EXPOSED, 0x6);
NUMBER(IOMMU_GROUP_MEMBER_CAN_BIND, 0x1);
NUMBER(IOMMU_GROUP_MEMBER_BUSY, 0x2);
NUMBER(IOMMU_GROUP_MEMBER_DIRECT, 0x4);

SIZE(iommu_destroy, 8);
FIELD(iommu_destroy, size, 0, 4);
FIELD(iommu_destroy, id, 4, 4);

SIZE(iommu_ioas_alloc, 12);
FIELD(iommu_ioas_alloc, size, 0, 4);
FIELD(iommu_ioas_alloc, flags, 4, 4);
FIELD(iommu_ioas_alloc, out_ioas_id, 8, 4);

SIZE(iommu_vfio_ioas, 12);
FIELD(iommu_vfio_ioas, size, 0, 4);
FIELD(iommu_vfio_ioas, ioas_id, 4, 4);
FIELD(iommu_vfio_ioas, op, 8, 2);
FIELD(iommu_vfio_ioas, __reserved, 10, 2);

SIZE(iommu_hwpt_alloc, 48);
FIELD(iommu_hwpt_alloc, size, 0, 4);
FIELD(iommu_hwpt_alloc, flags, 4, 4);
FIELD(iommu_hwpt_alloc, dev_id, 8, 4);
FIELD(iommu_hwpt_alloc, pt_id, 12, 4);
FIELD(iommu_hwpt_alloc, out_hwpt_id, 16, 4);
FIELD(iommu_hwpt_alloc, __reserved, 20, 4);
FIELD(iommu_hwpt_alloc, data_type, 24, 4);
FIELD(iommu_hwpt_alloc, data_len, 28, 4);
FIELD(iommu_hwpt_alloc, data_uptr, 32, 8);
FIELD(iommu_hwpt_alloc, fault_id, 40, 4);
FIELD(iommu_hwpt_alloc, __reserved2, 44, 4);

SIZE(iommu_hw_info, 40);
FIELD(iommu_hw_info, size, 0, 4);
FIELD(iommu_hw_info, flags, 4, 4);
FIELD(iommu_hw_info, dev_id, 8, 4);
FIELD(iommu_hw_info, data_len, 12, 4);
FIELD(iommu_hw_info, data_uptr, 16, 8);
FIELD(iommu_hw_info, out_data_type, 24, 4);
FIELD(iommu_hw_info, out_max_pasid_log2, 28, 1);
FIELD(iommu_hw_info, __reserved, 29, 3);
FIELD(iommu_hw_info, out_capabilities, 32, 8);

SIZE(iommu_iova_range, 16);
FIELD(iommu_iova_range, start, 0, 8);
FIELD(iommu_iova_range, last, 8, 8);

SIZE(iommu_ioas_iova_ranges, 32);
FIELD(iommu_ioas_iova_ranges, size, 0, 4);
FIELD(iommu_ioas_iova_ranges, ioas_id, 4, 4);
FIELD(iommu_ioas_iova_ranges, num_iovas, 8, 4);
FIELD(iommu_ioas_iova_ranges, __reserved, 12, 4);
FIELD(iommu_ioas_iova_ranges, allowed_iovas, 16, 8);
FIELD(iommu_ioas_iova_ranges, out_iova_alignment, 24, 8);

SIZE(iommu_ioas_allow_iovas, 24);
FIELD(iommu_ioas_allow_iovas, size, 0, 4);
FIELD(iommu_ioas_allow_iovas, ioas_id, 4, 4);
FIELD(iommu_ioas_allow_iovas, num_iovas, 8, 4);
FIELD(iommu_ioas_allow_iovas, __reserved, 12, 4);
FIELD(iommu_ioas_allow_iovas, allowed_iovas, 16, 8);

SIZE(iommu_ioas_map, 40);
FIELD(iommu_ioas_map, size, 0, 4);
FIELD(iommu_ioas_map, flags, 4, 4);
FIELD(iommu_ioas_map, ioas_id, 8, 4);
FIELD(iommu_ioas_map, __reserved, 12, 4);
FIELD(iommu_ioas_map, user_va, 16, 8);
FIELD(iommu_ioas_map, length, 24, 8);
FIELD(iommu_ioas_map, iova, 32, 8);

SIZE(iommu_ioas_copy, 40);
FIELD(iommu_ioas_copy, size, 0, 4);
FIELD(iommu_ioas_copy, flags, 4, 4);
FIELD(iommu_ioas_copy, dst_ioas_id, 8, 4);
FIELD(iommu_ioas_copy, src_ioas_id, 12, 4);
FIELD(iommu_ioas_copy, length, 16, 8);
FIELD(iommu_ioas_copy, dst_iova, 24, 8);
FIELD(iommu_ioas_copy, src_iova, 32, 8);

SIZE(iommu_ioas_unmap, 24);
FIELD(iommu_ioas_unmap, size, 0, 4);
FIELD(iommu_ioas_unmap, ioas_id, 4, 4);
FIELD(iommu_ioas_unmap, iova, 8, 8);
FIELD(iommu_ioas_unmap, length, 16, 8);

SIZE(iommu_option, 24);
FIELD(iommu_option, size, 0, 4);
FIELD(iommu_option, option_id, 4, 4);
FIELD(iommu_option, op, 8, 2);
FIELD(iommu_option, __reserved, 10, 2);
FIELD(iommu_option, object_id, 12, 4);
FIELD(iommu_option, val64, 16, 8);

SIZE(iommu_ioas_map_file, 40);
FIELD(iommu_ioas_map_file, size, 0, 4);
FIELD(iommu_ioas_map_file, flags, 4, 4);
FIELD(iommu_ioas_map_file, ioas_id, 8, 4);
FIELD(iommu_ioas_map_file, fd, 12, 4);
FIELD(iommu_ioas_map_file, start, 16, 8);
FIELD(iommu_ioas_map_file, length, 24, 8);
FIELD(iommu_ioas_map_file, iova, 32, 8);

SIZE(iommu_ioas_change_process, 8);
FIELD(iommu_ioas_change_process, size, 0, 4);
FIELD(iommu_ioas_change_process, __reserved, 4, 4);

SIZE(iommu_group_member, 152);
FIELD(iommu_group_member, bus, 0, 4);
FIELD(iommu_group_member, state, 4, 4);
FIELD(iommu_group_member, flags, 8, 4);
FIELD(iommu_group_member, dev_id, 12, 4);
FIELD(iommu_group_member, pci_segment, 16, 4);
FIELD(iommu_group_member, pci_bus, 20, 1);
FIELD(iommu_group_member, pci_devfn, 21, 1);
FIELD(iommu_group_member, __reserved, 22, 2);
FIELD(iommu_group_member, name, 24, 64);
FIELD(iommu_group_member, driver, 88, 64);

SIZE(iommu_group_info, 48);
FIELD(iommu_group_info, size, 0, 4);
FIELD(iommu_group_info, flags, 4, 4);
FIELD(iommu_group_info, dev_id, 8, 4);
FIELD(iommu_group_info, device_fd, 12, 4);
FIELD(iommu_group_info, num_members, 16, 4);
FIELD(iommu_group_info, member_size, 20, 4);
FIELD(iommu_group_info, members, 24, 8);
FIELD(iommu_group_info, out_group_id, 32, 4);
FIELD(iommu_group_info, out_state, 36, 4);
FIELD(iommu_group_info, out_policy, 40, 4);
FIELD(iommu_group_info, __reserved, 44, 4);

#endif
