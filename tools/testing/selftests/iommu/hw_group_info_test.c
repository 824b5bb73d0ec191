// SPDX-License-Identifier: GPL-2.0-only
/*
 * What IOMMU_GROUP_INFO says of groups of several devices, before, during and
 * after a claim, to the owner and to others.
 */
#include <stdint.h>

#include "hw_group_fixture.h"
#include "lib/group.h"

#define CAN_BIND IOMMU_GROUP_MEMBER_CAN_BIND

/*
 *	root port -- PCIe to PCI bridge -+- a: edu
 *	                                 +- b: e1000
 *
 * The bridge speaks for both: the IOMMU cannot tell one from the other.
 */
FIXTURE_VARIANT_ADD(group, behind_a_bridge)
{
	.id = PCI_ID_EDU,
};

/*
 *	root port -+- a: e1000e, function 0
 *	           +- b: e1000e, function 1
 *
 * No access control between the functions.
 */
FIXTURE_VARIANT_ADD(group, of_functions)
{
	.id = PCI_ID_E1000E,
};

/* What our context is told of the group of a's file */
static int look(struct _test_data_group *self, struct group_info *info)
{
	return group_info_of_file(self->ours, self->a.dev.fd, info);
}

static bool is_endpoint(struct _test_data_group *self,
			const struct iommu_group_member *member)
{
	return !strcmp(member->name, self->a.pci.name) ||
	       !strcmp(member->name, self->b.pci.name);
}

static bool member_is(const struct group_info *info,
		      const struct member *member, __u32 state, __u32 flags)
{
	__u32 is_state = group_member_state(info, member->pci.name);
	__u32 is_flags = group_member_flags(info, member->pci.name);

	if (is_state == state && is_flags == flags)
		return true;
	printf("# %s is %u with flags %#x\n", member->pci.name, is_state,
	       is_flags);
	return false;
}

TEST_F(group, members_of_a_free_group_can_be_bound)
{
	struct group_info info;

	ASSERT_OK(take_both(self));
	ASSERT_OK(look(self, &info));
	EXPECT_EQ(self->a.pci.group, info.id);
	EXPECT_EQ(IOMMU_GROUP_FREE, info.state);
	EXPECT_EQ(IOMMU_GROUP_POLICY_PARKED, info.policy);
	EXPECT_LE(2, info.count);
	EXPECT_TRUE(member_is(&info, &self->a, IOMMU_GROUP_MEMBER_FREE,
			      CAN_BIND));
	EXPECT_TRUE(member_is(&info, &self->b, IOMMU_GROUP_MEMBER_FREE,
			      CAN_BIND));
	EXPECT_OK(vfio_bind(&self->b.dev, self->ours));
}

/* How many members of the group are bridges, -1 if one is not neutral */
static int count_neutral(struct _test_data_group *self,
			 const struct group_info *info)
{
	__u32 i;
	int n = 0;

	for (i = 0; i < info->count; i++) {
		const struct iommu_group_member *member = &info->members[i];

		if (is_endpoint(self, member))
			continue;
		if (member->state != IOMMU_GROUP_MEMBER_NEUTRAL ||
		    member->flags || member->dev_id)
			return -1;
		n++;
	}
	return n;
}

TEST_F(group, bridges_are_neutral_and_cannot_be_bound)
{
	int bridges = variant->id == PCI_ID_EDU ? 1 : 0;
	struct group_info info;

	ASSERT_OK(take_both(self));
	ASSERT_OK(look(self, &info));
	EXPECT_LE(bridges, count_neutral(self, &info));
	ASSERT_OK(vfio_bind(&self->a.dev, self->ours));
	ASSERT_OK(look(self, &info));
	EXPECT_LE(bridges, count_neutral(self, &info));
}

TEST_F(group, claim_parks_the_sibling)
{
	struct group_info info;

	ASSERT_OK(take_both(self));
	ASSERT_OK(vfio_bind(&self->a.dev, self->ours));
	ASSERT_OK(look(self, &info));
	EXPECT_EQ(IOMMU_GROUP_OURS, info.state);
	EXPECT_TRUE(member_is(&info, &self->a, IOMMU_GROUP_MEMBER_OURS, 0));
	EXPECT_TRUE(member_is(&info, &self->b, IOMMU_GROUP_MEMBER_PARKED,
			      CAN_BIND));
	EXPECT_EQ(self->a.dev.dev_id,
		  group_find_member(&info, self->a.pci.name)->dev_id);
	EXPECT_EQ(0, group_find_member(&info, self->b.pci.name)->dev_id);
	EXPECT_STREQ("vfio-pci",
		     group_find_member(&info, self->a.pci.name)->driver);
	EXPECT_STREQ("vfio-pci",
		     group_find_member(&info, self->b.pci.name)->driver);
}

TEST_F(group, sibling_without_a_driver_is_parked_too)
{
	struct group_info info;

	ASSERT_OK(take_both(self));
	vfio_close(&self->b.dev);
	ASSERT_OK(pci_unbind_driver(self->b.pci.name));
	ASSERT_OK(look(self, &info));
	EXPECT_TRUE(member_is(&info, &self->b, IOMMU_GROUP_MEMBER_FREE,
			      CAN_BIND));
	EXPECT_STREQ("", group_find_member(&info, self->b.pci.name)->driver);
	ASSERT_OK(vfio_bind(&self->a.dev, self->ours));
	ASSERT_OK(look(self, &info));
	EXPECT_TRUE(member_is(&info, &self->b, IOMMU_GROUP_MEMBER_PARKED,
			      CAN_BIND));
	EXPECT_STREQ("", group_find_member(&info, self->b.pci.name)->driver);
}

TEST_F(group, both_members_are_ours_with_their_ids)
{
	struct group_info info;

	ASSERT_OK(bind_both(self));
	ASSERT_OK(look(self, &info));
	EXPECT_TRUE(member_is(&info, &self->a, IOMMU_GROUP_MEMBER_OURS, 0));
	EXPECT_TRUE(member_is(&info, &self->b, IOMMU_GROUP_MEMBER_OURS, 0));
	EXPECT_EQ(self->a.dev.dev_id,
		  group_find_member(&info, self->a.pci.name)->dev_id);
	EXPECT_EQ(self->b.dev.dev_id,
		  group_find_member(&info, self->b.pci.name)->dev_id);
}

TEST_F(group, other_context_sees_the_claim_and_no_ids)
{
	struct group_info info;
	__u32 i;

	ASSERT_OK(take_both(self));
	ASSERT_OK(vfio_bind(&self->a.dev, self->ours));
	ASSERT_OK(group_info_of_file(self->theirs, self->b.dev.fd, &info));
	EXPECT_EQ(IOMMU_GROUP_OTHERS, info.state);
	EXPECT_TRUE(member_is(&info, &self->a, IOMMU_GROUP_MEMBER_OTHERS, 0));
	EXPECT_TRUE(member_is(&info, &self->b, IOMMU_GROUP_MEMBER_PARKED, 0));
	for (i = 0; i < info.count; i++)
		EXPECT_EQ(0, info.members[i].dev_id);
	EXPECT_ERR(EBUSY, vfio_bind(&self->b.dev, self->theirs));
}

TEST_F(group, id_and_files_tell_the_same)
{
	struct group_info by_id, by_a, by_b;

	ASSERT_OK(take_both(self));
	ASSERT_OK(vfio_bind(&self->a.dev, self->ours));
	ASSERT_OK(group_info_of_id(self->ours, self->a.dev.dev_id, &by_id));
	ASSERT_OK(look(self, &by_a));
	ASSERT_OK(group_info_of_file(self->ours, self->b.dev.fd, &by_b));
	EXPECT_EQ(0, memcmp(&by_id, &by_a, sizeof(by_id)));
	EXPECT_EQ(0, memcmp(&by_id, &by_b, sizeof(by_id)));
}

TEST_F(group, id_means_nothing_to_another_context_nor_after_close)
{
	struct group_info info;
	__u32 id;

	ASSERT_OK(take_both(self));
	ASSERT_OK(vfio_bind(&self->a.dev, self->ours));
	id = self->a.dev.dev_id;
	EXPECT_ERR(ENOENT, group_info_of_id(self->theirs, id, &info));
	vfio_close(&self->a.dev);
	EXPECT_ERR(ENOENT, group_info_of_id(self->ours, id, &info));
}

TEST_F(group, group_is_free_again_after_the_last_close)
{
	struct group_info before, after;

	ASSERT_OK(take_both(self));
	ASSERT_OK(look(self, &before));
	ASSERT_OK(vfio_bind(&self->a.dev, self->ours));
	ASSERT_OK(vfio_bind(&self->b.dev, self->ours));
	vfio_close(&self->a.dev);
	ASSERT_OK(vfio_open(&self->a.dev, self->a.pci.name));
	ASSERT_OK(look(self, &after));
	EXPECT_EQ(IOMMU_GROUP_OURS, after.state);
	EXPECT_TRUE(member_is(&after, &self->a, IOMMU_GROUP_MEMBER_PARKED,
			      CAN_BIND));
	vfio_close(&self->b.dev);
	ASSERT_OK(look(self, &after));
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
}

TEST_F(group, device_that_its_driver_has_left_is_ENODEV)
{
	struct group_info info;

	ASSERT_OK(take_both(self));
	ASSERT_OK(group_info_of_file(self->ours, self->b.dev.fd, &info));
	/* A file that is not bound does not keep the device */
	ASSERT_OK(pci_unbind_driver(self->b.pci.name));
	EXPECT_ERR(ENODEV, group_info_of_file(self->ours, self->b.dev.fd,
					      &info));
	EXPECT_OK(look(self, &info));
}

TEST_F(group, user_of_the_vfio_group_has_all_members)
{
	struct vfio_container cont;
	struct group_info info;
	struct vfio_dev dev;

	ASSERT_OK(take_both(self));
	ASSERT_OK(vfio_container_open(&cont, self->a.pci.group));
	ASSERT_OK(vfio_container_get_dev(&cont, self->a.pci.name, &dev));
	EXPECT_OK(group_info_of_file(self->ours, dev.fd, &info));
	EXPECT_EQ(IOMMU_GROUP_OTHERS, info.state);
	EXPECT_TRUE(member_is(&info, &self->a, IOMMU_GROUP_MEMBER_OTHERS, 0));
	EXPECT_TRUE(member_is(&info, &self->b, IOMMU_GROUP_MEMBER_OTHERS, 0));
	/* The file of the group itself is that of no device */
	EXPECT_ERR(EINVAL, group_info_of_file(self->ours, cont.group_fd,
					      &info));
	EXPECT_ERR(EINVAL, group_info_of_file(self->ours, cont.fd, &info));
	vfio_close(&dev);
	vfio_container_close(&cont);
}

TEST_F(group, addresses_are_those_of_the_names)
{
	struct group_info info;
	char name[64];
	__u32 i;

	ASSERT_OK(take_both(self));
	ASSERT_OK(look(self, &info));
	for (i = 0; i < info.count; i++) {
		struct iommu_group_member *member = &info.members[i];

		EXPECT_EQ(IOMMU_GROUP_BUS_PCI, member->bus);
		snprintf(name, sizeof(name), "%04x:%02x:%02x.%x",
			 member->pci_segment, member->pci_bus,
			 member->pci_devfn >> 3, member->pci_devfn & 7);
		EXPECT_STREQ(member->name, name);
	}
}

TEST_F(group, short_array_has_the_first_members)
{
	struct iommu_group_member members[2];
	struct iommu_group_info cmd = {
		.size = sizeof(cmd),
		.num_members = 1,
		.member_size = sizeof(members[0]),
		.members = (uintptr_t)members,
	};
	struct group_info info;

	ASSERT_OK(take_both(self));
	ASSERT_OK(look(self, &info));
	memset(members, 0x55, sizeof(members));
	cmd.device_fd = self->a.dev.fd;
	EXPECT_ERR(EMSGSIZE, iommu_ioctl(self->ours, IOMMU_GROUP_INFO, &cmd));
	EXPECT_EQ(info.count, cmd.num_members);
	EXPECT_EQ(info.id, cmd.out_group_id);
	EXPECT_EQ(0, memcmp(&members[0], &info.members[0], sizeof(members[0])));
	EXPECT_EQ(0x55, members[1].name[0]);
}

TEST_F(group, longer_members_are_the_callers_size_apart)
{
	struct {
		struct iommu_group_member member;
		char future[24];
	} members[GROUP_MEMBERS];
	struct iommu_group_info cmd = {
		.size = sizeof(cmd),
		.num_members = GROUP_MEMBERS,
		.member_size = sizeof(members[0]),
		.members = (uintptr_t)members,
	};
	static const char zero[24];
	struct group_info info;
	__u32 i;

	ASSERT_OK(take_both(self));
	ASSERT_OK(look(self, &info));
	memset(members, 0x55, sizeof(members));
	cmd.device_fd = self->a.dev.fd;
	ASSERT_OK(iommu_ioctl(self->ours, IOMMU_GROUP_INFO, &cmd));
	for (i = 0; i < info.count; i++) {
		EXPECT_EQ(0, memcmp(&members[i].member, &info.members[i],
				    sizeof(info.members[i])));
		EXPECT_EQ(0, memcmp(members[i].future, zero, sizeof(zero)));
	}
	EXPECT_EQ(0x55, members[info.count].future[0]);
}

TEST_HARNESS_MAIN
