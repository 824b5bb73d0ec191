/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What /dev/iommu tells of IOMMU groups. Not part of mainline's interface, and
 * so apart from it.
 */
#ifndef _UAPI_IOMMUFD_GROUP_H
#define _UAPI_IOMMUFD_GROUP_H

#include <linux/iommufd.h>

/**
 * enum iommu_group_state - Who has an IOMMU group
 * @IOMMU_GROUP_FREE: Nobody: a bind claims it
 * @IOMMU_GROUP_OURS: The open file that asks
 * @IOMMU_GROUP_OTHERS: Another open file, or a user of the VFIO group
 * @IOMMU_GROUP_KERNEL: Drivers of the kernel, see IOMMU_GROUP_MEMBER_KERNEL
 */
enum iommu_group_state {
	IOMMU_GROUP_FREE = 0,
	IOMMU_GROUP_OURS = 1,
	IOMMU_GROUP_OTHERS = 2,
	IOMMU_GROUP_KERNEL = 3,
};

/**
 * enum iommu_group_policy - What becomes of members that cannot be parked
 * @IOMMU_GROUP_POLICY_PARKED: They are left alone, at the risk of the user
 * @IOMMU_GROUP_POLICY_STRICT: Nothing of the group is attached until all of
 *			       them are bound
 */
enum iommu_group_policy {
	IOMMU_GROUP_POLICY_PARKED = 0,
	IOMMU_GROUP_POLICY_STRICT = 1,
};

/**
 * enum iommu_group_bus - Which of a member's addresses are valid
 * @IOMMU_GROUP_BUS_OTHER: None, it has only a name
 * @IOMMU_GROUP_BUS_PCI: @pci_segment, @pci_bus and @pci_devfn
 */
enum iommu_group_bus {
	IOMMU_GROUP_BUS_OTHER = 0,
	IOMMU_GROUP_BUS_PCI = 1,
};

/**
 * enum iommu_group_member_state - What a member of a group does
 * @IOMMU_GROUP_MEMBER_FREE: Nothing for anybody: it has no driver, or one that
 *	does no DMA
 * @IOMMU_GROUP_MEMBER_OURS: It is bound to the open file that asks
 * @IOMMU_GROUP_MEMBER_OTHERS: It is bound to another one, or in the hands of a
 *	user of the VFIO group
 * @IOMMU_GROUP_MEMBER_PARKED: The group is claimed, and it is kept off the bus
 * @IOMMU_GROUP_MEMBER_NEUTRAL: It is a bridge and only forwards
 * @IOMMU_GROUP_MEMBER_KERNEL: A driver of the kernel lets it do DMA. While that
 *	is so no member can be bound
 * @IOMMU_GROUP_MEMBER_EXPOSED: The group is claimed, nobody has bound it, and
 *	it cannot be parked: bound members can reach it, and it them
 */
enum iommu_group_member_state {
	IOMMU_GROUP_MEMBER_FREE = 0,
	IOMMU_GROUP_MEMBER_OURS = 1,
	IOMMU_GROUP_MEMBER_OTHERS = 2,
	IOMMU_GROUP_MEMBER_PARKED = 3,
	IOMMU_GROUP_MEMBER_NEUTRAL = 4,
	IOMMU_GROUP_MEMBER_KERNEL = 5,
	IOMMU_GROUP_MEMBER_EXPOSED = 6,
};

/**
 * enum iommu_group_member_flags - Flags of a member
 * @IOMMU_GROUP_MEMBER_CAN_BIND: As far as the group is concerned, the open file
 *	that asks could bind it
 * @IOMMU_GROUP_MEMBER_BUSY: It is just being given to a driver, taken from one
 *	or reset, so that @driver cannot be told
 * @IOMMU_GROUP_MEMBER_DIRECT: Firmware does DMA through it. For that reason no
 *	bind can claim the group: EINVAL
 */
enum iommu_group_member_flags {
	IOMMU_GROUP_MEMBER_CAN_BIND = 1 << 0,
	IOMMU_GROUP_MEMBER_BUSY = 1 << 1,
	IOMMU_GROUP_MEMBER_DIRECT = 1 << 2,
};

/**
 * struct iommu_group_member - A device of an IOMMU group
 * @bus: One of enum iommu_group_bus
 * @state: One of enum iommu_group_member_state
 * @flags: Combination of enum iommu_group_member_flags
 * @dev_id: Its id with IOMMU_GROUP_MEMBER_OURS, 0 while it is just being bound
 *	    or unbound; else 0
 * @pci_segment: PCI: segment, also called domain
 * @pci_bus: PCI: bus
 * @pci_devfn: PCI: device << 3 | function
 * @__reserved: 0
 * @name: Its name in sysfs, cut after 63 bytes
 * @driver: The name of its driver, cut after 63 bytes; "" for none
 */
struct iommu_group_member {
	__u32 bus;
	__u32 state;
	__u32 flags;
	__u32 dev_id;
	__u32 pci_segment;
	__u8 pci_bus;
	__u8 pci_devfn;
	__u16 __reserved;
	char name[64];
	char driver[64];
};

/**
 * struct iommu_group_info - ioctl(IOMMU_GROUP_INFO)
 * @size: sizeof(struct iommu_group_info)
 * @flags: Must be 0
 * @dev_id: A device that is bound to this file, or 0
 * @device_fd: With @dev_id 0 an open VFIO device, bound or not and however it
 *	       was opened; else -1
 * @num_members: In: room in the array. Out: how many members the group has
 * @member_size: sizeof(struct iommu_group_member)
 * @members: Pointer to an array of @num_members times @member_size bytes, each
 *	     a struct iommu_group_member
 * @out_group_id: The group's number in sysfs
 * @out_state: One of enum iommu_group_state
 * @out_policy: One of enum iommu_group_policy, which a claim is subject to
 * @__reserved: Must be 0
 *
 * Tells which devices share the IOMMU group of a device, what they do, and so
 * what binding it takes, why that fails, or what it has done. All is of one
 * instant, and can be different when the call returns. Ids of other files are
 * never told.
 *
 * A longer @member_size than the kernel's is filled up with zeroes. EMSGSIZE
 * when the array is too short: all is valid then, and the array holds the first
 * members. EINVAL: @member_size is below the first version of the struct, above
 * 4096 or no multiple of 8; @device_fd is no VFIO device; both @dev_id and
 * @device_fd name a device. EBADF: no such file is open. ENODEV: the device is
 * gone or has no IOMMU.
 */
struct iommu_group_info {
	__u32 size;
	__u32 flags;
	__u32 dev_id;
	__s32 device_fd;
	__u32 num_members;
	__u32 member_size;
	__aligned_u64 members;
	__u32 out_group_id;
	__u32 out_state;
	__u32 out_policy;
	__u32 __reserved;
};

#define IOMMU_GROUP_INFO _IO(IOMMUFD_TYPE, IOMMUFD_CMD_GROUP_INFO)

#endif
