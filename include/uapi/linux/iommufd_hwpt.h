/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Page tables that programs ask /dev/iommu for, and what the hardware can do.
 * Programs include linux/iommufd.h, which includes this.
 */
#ifndef _UAPI_IOMMUFD_HWPT_H
#define _UAPI_IOMMUFD_HWPT_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * enum iommufd_hwpt_alloc_flags - What a page table shall be able to do
 * @IOMMU_HWPT_ALLOC_NEST_PARENT: Have page tables of guests on top of it
 * @IOMMU_HWPT_ALLOC_DIRTY_TRACKING: Note which pages devices write, see
 *	IOMMU_HWPT_SET_DIRTY_TRACKING. Only devices of which IOMMU_GET_HW_INFO says
 *	IOMMU_HW_CAP_DIRTY_TRACKING attach to it
 * @IOMMU_HWPT_FAULT_ID_VALID: Report page faults to the queue @fault_id; not
 *	together with NEST_PARENT
 * @IOMMU_HWPT_ALLOC_PASID: Be attached to devices that use PASIDs
 */
enum iommufd_hwpt_alloc_flags {
	IOMMU_HWPT_ALLOC_NEST_PARENT = 1 << 0,
	IOMMU_HWPT_ALLOC_DIRTY_TRACKING = 1 << 1,
	IOMMU_HWPT_FAULT_ID_VALID = 1 << 2,
	IOMMU_HWPT_ALLOC_PASID = 1 << 3,
};

/**
 * enum iommu_hwpt_data_type - What IOMMU_HWPT_ALLOC is told of the hardware
 * @IOMMU_HWPT_DATA_NONE: Nothing: the kernel writes the page table
 */
enum iommu_hwpt_data_type {
	IOMMU_HWPT_DATA_NONE = 0,
};

/**
 * struct iommu_hwpt_alloc - ioctl(IOMMU_HWPT_ALLOC)
 * @size: sizeof(struct iommu_hwpt_alloc)
 * @flags: Combination of enum iommufd_hwpt_alloc_flags
 * @dev_id: A bound device that suits the page table
 * @pt_id: The address space
 * @out_hwpt_id: Id of the new page table
 * @__reserved: Must be 0
 * @data_type: Must be IOMMU_HWPT_DATA_NONE
 * @data_len: Must be 0
 * @data_uptr: Not looked at
 * @fault_id: A queue of faults, with IOMMU_HWPT_FAULT_ID_VALID
 * @__reserved2: Must be 0
 *
 * Makes a hardware page table that shows the address space. Devices attach to
 * it by its id; those that attach to the address space get others, which come
 * and go with them. This one stays until it is destroyed.
 *
 * It shows all that is mapped from the beginning, and what is mapped is pinned
 * for it. With an IOMMU driver that cannot fill a table before a device is
 * attached (all but VT-d) that is when the first device attaches, and attaching
 * fails in place of this.
 *
 * ENOENT: @dev_id is no device, or @fault_id no queue. EINVAL: @pt_id is no
 * address space. EOPNOTSUPP: the hardware or its driver does not have what
 * @flags ask for, or not together. EADDRINUSE: something is mapped where the
 * hardware cannot translate. What IOMMU_IOAS_MAP gives when memory cannot be
 * pinned or mapped.
 */
struct iommu_hwpt_alloc {
	__u32 size;
	__u32 flags;
	__u32 dev_id;
	__u32 pt_id;
	__u32 out_hwpt_id;
	__u32 __reserved;
	__u32 data_type;
	__u32 data_len;
	__aligned_u64 data_uptr;
	__u32 fault_id;
	__u32 __reserved2;
};

#define IOMMU_HWPT_ALLOC _IO(IOMMUFD_TYPE, IOMMUFD_CMD_HWPT_ALLOC)

/**
 * enum iommu_hw_info_vtd_flags - Errors of VT-d hardware
 * @IOMMU_HW_INFO_VTD_ERRATA_772415_SPR17: A device can write where the parent of
 *	a guest's page table is mapped for reading
 */
enum iommu_hw_info_vtd_flags {
	IOMMU_HW_INFO_VTD_ERRATA_772415_SPR17 = 1 << 0,
};

/**
 * struct iommu_hw_info_vtd - What IOMMU_GET_HW_INFO tells of VT-d
 * @flags: Combination of enum iommu_hw_info_vtd_flags
 * @__reserved: 0
 * @cap_reg: Capability register, VT-d specification section 11.4.2
 * @ecap_reg: Extended capability register, section 11.4.3
 *
 * Both are as the hardware has them, also where the kernel does not use what
 * they offer.
 */
struct iommu_hw_info_vtd {
	__u32 flags;
	__u32 __reserved;
	__aligned_u64 cap_reg;
	__aligned_u64 ecap_reg;
};

/**
 * enum iommu_hw_info_type - What IOMMU_GET_HW_INFO tells of the hardware
 * @IOMMU_HW_INFO_TYPE_NONE: Nothing
 * @IOMMU_HW_INFO_TYPE_DEFAULT: To be asked for: whatever the hardware has
 * @IOMMU_HW_INFO_TYPE_INTEL_VTD: &struct iommu_hw_info_vtd
 */
enum iommu_hw_info_type {
	IOMMU_HW_INFO_TYPE_NONE = 0,
	IOMMU_HW_INFO_TYPE_DEFAULT = 0,
	IOMMU_HW_INFO_TYPE_INTEL_VTD = 1,
};

/**
 * enum iommufd_hw_capabilities - What can be asked for with a device
 * @IOMMU_HW_CAP_DIRTY_TRACKING: IOMMU_HWPT_ALLOC_DIRTY_TRACKING
 * @IOMMU_HW_CAP_PCI_PASID_EXEC: Requests with a PASID to execute; not yet said
 * @IOMMU_HW_CAP_PCI_PASID_PRIV: Privileged ones with a PASID; not yet said
 */
enum iommufd_hw_capabilities {
	IOMMU_HW_CAP_DIRTY_TRACKING = 1 << 0,
	IOMMU_HW_CAP_PCI_PASID_EXEC = 1 << 1,
	IOMMU_HW_CAP_PCI_PASID_PRIV = 1 << 2,
};

/**
 * enum iommufd_hw_info_flags - How IOMMU_GET_HW_INFO is asked
 * @IOMMU_HW_INFO_FLAG_INPUT_TYPE: @in_data_type says what is wanted
 */
enum iommufd_hw_info_flags {
	IOMMU_HW_INFO_FLAG_INPUT_TYPE = 1 << 0,
};

/**
 * struct iommu_hw_info - ioctl(IOMMU_GET_HW_INFO)
 * @size: sizeof(struct iommu_hw_info)
 * @flags: Combination of enum iommufd_hw_info_flags
 * @dev_id: A bound device
 * @data_len: In: room at @data_uptr. Out: bytes that the kernel has to tell
 * @data_uptr: Pointer to room for what depends on the hardware. What the kernel
 *	does not write there becomes 0
 * @in_data_type: With IOMMU_HW_INFO_FLAG_INPUT_TYPE: one of enum
 *	iommu_hw_info_type, IOMMU_HW_INFO_TYPE_DEFAULT for any
 * @out_data_type: One of enum iommu_hw_info_type, what is at @data_uptr
 * @out_max_pasid_log2: Bits of the device's PASIDs, 0: it can have none
 * @__reserved: Must be 0
 * @out_capabilities: Combination of enum iommufd_hw_capabilities
 *
 * Tells what the device's IOMMU can do. When there is less room than the kernel
 * has to tell, the rest is left out, and @data_len says how much it is.
 *
 * ENOENT: @dev_id is no device. EOPNOTSUPP: the hardware is of another type than
 * @in_data_type.
 */
struct iommu_hw_info {
	__u32 size;
	__u32 flags;
	__u32 dev_id;
	__u32 data_len;
	__aligned_u64 data_uptr;
	union {
		__u32 in_data_type;
		__u32 out_data_type;
	};
	__u8 out_max_pasid_log2;
	__u8 __reserved[3];
	__aligned_u64 out_capabilities;
};

#define IOMMU_GET_HW_INFO _IO(IOMMUFD_TYPE, IOMMUFD_CMD_GET_HW_INFO)

/**
 * enum iommufd_hwpt_set_dirty_tracking_flags - Start or stop
 * @IOMMU_HWPT_DIRTY_TRACKING_ENABLE: Start; without it stop
 */
enum iommufd_hwpt_set_dirty_tracking_flags {
	IOMMU_HWPT_DIRTY_TRACKING_ENABLE = 1,
};

/**
 * struct iommu_hwpt_set_dirty_tracking - ioctl(IOMMU_HWPT_SET_DIRTY_TRACKING)
 * @size: sizeof(struct iommu_hwpt_set_dirty_tracking)
 * @flags: Combination of enum iommufd_hwpt_set_dirty_tracking_flags
 * @hwpt_id: A page table with IOMMU_HWPT_ALLOC_DIRTY_TRACKING
 * @__reserved: Must be 0
 *
 * Has the hardware note which pages are written by the devices that are, or will
 * be, attached. Starts with nothing noted; to start what has started, or to stop
 * what has not, changes nothing. What was noted can still be read after the stop.
 * What the kernel writes on behalf of emulated devices is not noted.
 *
 * ENOENT: no such page table. EOPNOTSUPP: it is not made for this.
 */
struct iommu_hwpt_set_dirty_tracking {
	__u32 size;
	__u32 flags;
	__u32 hwpt_id;
	__u32 __reserved;
};

#define IOMMU_HWPT_SET_DIRTY_TRACKING \
	_IO(IOMMUFD_TYPE, IOMMUFD_CMD_HWPT_SET_DIRTY_TRACKING)

/**
 * enum iommufd_hwpt_get_dirty_bitmap_flags - How to read what was written
 * @IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR: Leave it noted. For memory that is about
 *	to be unmapped, which is cheaper
 */
enum iommufd_hwpt_get_dirty_bitmap_flags {
	IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR = 1,
};

/**
 * struct iommu_hwpt_get_dirty_bitmap - ioctl(IOMMU_HWPT_GET_DIRTY_BITMAP)
 * @size: sizeof(struct iommu_hwpt_get_dirty_bitmap)
 * @hwpt_id: A page table with IOMMU_HWPT_ALLOC_DIRTY_TRACKING
 * @flags: Combination of enum iommufd_hwpt_get_dirty_bitmap_flags
 * @__reserved: Must be 0
 * @iova: First IOVA, a multiple of @page_size and of the IOVA alignment
 * @length: Bytes, likewise
 * @page_size: Bytes that a bit stands for, a power of two
 * @data: Pointer to the bitmap, bit 0 is at @iova; an array of __u64
 *
 * Sets the bits of what was written since it was read last, and leaves the others
 * as they are. What was written is known leaf by leaf of the hardware's page
 * table, which can be as large as IOMMU_OPTION_HUGE_PAGES lets it: all bits of a
 * leaf are set. A leaf of which a part lies outside of the range stays noted, and
 * one may when @iova is no multiple of 8 * @page_size.
 *
 * Nothing is lost: what is reported no more was set in the bitmap, by this call
 * or one before, also when it fails. Several threads can read into one bitmap,
 * whose bits can be taken when all of these calls have returned.
 *
 * ENOENT: no such page table, or some of the range is not mapped: then nothing is
 * read. EOPNOTSUPP: the page table is not made for this. EINVAL: misaligned,
 * length 0 or no page size. EOVERFLOW: the range wraps. EFAULT: the bitmap cannot
 * be written. EBUSY: another thread maps or unmaps there.
 */
struct iommu_hwpt_get_dirty_bitmap {
	__u32 size;
	__u32 hwpt_id;
	__u32 flags;
	__u32 __reserved;
	__aligned_u64 iova;
	__aligned_u64 length;
	__aligned_u64 page_size;
	__aligned_u64 data;
};

#define IOMMU_HWPT_GET_DIRTY_BITMAP \
	_IO(IOMMUFD_TYPE, IOMMUFD_CMD_HWPT_GET_DIRTY_BITMAP)

#endif
