// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual functions in the group of their physical function. They cannot be
 * parked: they decode addresses whatever their own registers say.
 */
#include "hw_sriov_fixture.h"
#include "lib/igb.h"
#include "lib/kmsg.h"

#define CAN_BIND IOMMU_GROUP_MEMBER_CAN_BIND
#define RING_IOVA 0x100000ULL
#define SRC_IOVA 0x200000ULL
#define DST_IOVA 0x300000ULL
#define FRAME 1500

/*
 *	root port -- igb -+- pf: physical function 0
 *	                  +- other: physical function 1
 *	                  +- virtual functions 0, 1, 2 of the first
 *
 * The port does not isolate them: all are one group.
 */
FIXTURE(sriov)
{
	struct functions fns;
	struct pci_dev other;
	__u32 ioas_id;
};

FIXTURE_SETUP(sriov)
{
	int rc = functions_init(&self->fns, PCI_SHARED);

	if (rc == -ENODEV)
		SKIP_FROM_SETUP("no two igb functions in an IOMMU group");
	ASSERT_OK(rc);
	ASSERT_OK(pci_find_sibling(&self->fns.pf.pci, &self->other));
	ASSERT_OK(iommu_ioas_alloc(self->fns.ours, &self->ioas_id));
}

FIXTURE_TEARDOWN(sriov)
{
	functions_restore(&self->fns);
	pci_give_back(&self->other);
	group_set_policy("parked");
}

/* Our context has the physical function, and nobody has any other */
static int claim_with_pf(struct _test_data_sriov *self)
{
	return add_vfs_of_user(&self->fns) ?:
	       sriov_bind(&self->fns.pf.dev, self->fns.ours, &token);
}

/* What our context is told of the group */
static int look(struct _test_data_sriov *self, struct group_info *info)
{
	return group_info_of_id(self->fns.ours, self->fns.pf.dev.dev_id, info);
}

static bool member_is(const struct group_info *info, const char *name,
		      __u32 state, __u32 flags)
{
	__u32 is_state = group_member_state(info, name);
	__u32 is_flags = group_member_flags(info, name);

	if (is_state == state && is_flags == flags)
		return true;
	printf("# %s is %u with flags %#x\n", name, is_state, is_flags);
	return false;
}

TEST_F(sriov, vfs_are_exposed_where_the_other_function_is_parked)
{
	struct functions *fns = &self->fns;
	struct group_info info;
	int i;

	ASSERT_OK(claim_with_pf(self));
	ASSERT_OK(look(self, &info));
	EXPECT_EQ(IOMMU_GROUP_OURS, info.state);
	EXPECT_EQ(IOMMU_GROUP_POLICY_PARKED, info.policy);
	EXPECT_TRUE(member_is(&info, fns->pf.pci.name, IOMMU_GROUP_MEMBER_OURS,
			      0));
	EXPECT_TRUE(member_is(&info, self->other.name,
			      IOMMU_GROUP_MEMBER_PARKED, CAN_BIND));
	for (i = 0; i < VFS; i++)
		EXPECT_TRUE(member_is(&info, fns->vf[i].pci.name,
				      IOMMU_GROUP_MEMBER_EXPOSED, CAN_BIND));
}

TEST_F(sriov, exposed_vfs_are_let_be_and_named_in_the_log)
{
	struct functions *fns = &self->fns;
	char needle[KMSG_LINE], line[KMSG_LINE];
	int i, log;

	ASSERT_OK(claim_with_pf(self));
	for (i = 0; i < VFS; i++) {
		log = kmsg_open();
		ASSERT_LE(0, log);
		/* Told when the first device is attached, once a claim */
		ASSERT_OK(vfio_attach(&fns->pf.dev, self->ioas_id));
		snprintf(needle, sizeof(needle),
			 "%s: is in a group with devices of user space",
			 fns->vf[i].pci.name);
		EXPECT_OK(kmsg_wait(log, needle, line));
		close(log);
		ASSERT_OK(reopen(&fns->pf));
		ASSERT_OK(sriov_bind(&fns->pf.dev, fns->ours, &token));
	}
}

TEST_F(sriov, strict_policy_attaches_nothing_until_all_vfs_are_bound)
{
	struct functions *fns = &self->fns;
	struct group_info info;
	int i;

	ASSERT_OK(group_set_policy("strict"));
	ASSERT_OK(claim_with_pf(self));
	for (i = 0; i < VFS; i++) {
		EXPECT_ERR(EACCES, vfio_attach(&fns->pf.dev, self->ioas_id));
		/* The reason is there to see */
		ASSERT_OK(look(self, &info));
		EXPECT_EQ(IOMMU_GROUP_POLICY_STRICT, info.policy);
		EXPECT_TRUE(member_is(&info, fns->vf[i].pci.name,
				      IOMMU_GROUP_MEMBER_EXPOSED, CAN_BIND));
		ASSERT_OK(sriov_bind(&fns->vf[i].dev, fns->ours, &token));
		ASSERT_OK(look(self, &info));
		EXPECT_TRUE(member_is(&info, fns->vf[i].pci.name,
				      IOMMU_GROUP_MEMBER_OURS, 0));
	}
	/* That the other function is not bound does not matter: it is parked */
	EXPECT_OK(vfio_attach(&fns->pf.dev, self->ioas_id));
	EXPECT_OK(vfio_attach(&fns->vf[0].dev, self->ioas_id));
}

TEST_F(sriov, strict_policy_stops_a_move_when_vfs_appear)
{
	struct functions *fns = &self->fns;
	__u32 second;

	ASSERT_OK(group_set_policy("strict"));
	ASSERT_OK(sriov_allow_users(true));
	ASSERT_OK(take_and_open(&fns->pf));
	ASSERT_OK(sriov_bind(&fns->pf.dev, fns->ours, &token));
	ASSERT_OK(vfio_attach(&fns->pf.dev, self->ioas_id));
	ASSERT_OK(iommu_ioas_alloc(fns->ours, &second));
	ASSERT_OK(add_vfs(fns));
	EXPECT_ERR(EACCES, vfio_attach(&fns->pf.dev, second));
	/* It stays where it is */
	EXPECT_ERR(EBUSY, iommu_destroy(fns->ours, self->ioas_id));
	ASSERT_OK(sriov_set_vfs(fns->pf.pci.name, 0));
	EXPECT_OK(vfio_attach(&fns->pf.dev, second));
}

TEST_F(sriov, vf_without_a_driver_is_exposed_too)
{
	struct functions *fns = &self->fns;
	const char *name = fns->vf[0].pci.name;
	struct group_info info;

	ASSERT_OK(add_vfs_of_user(fns));
	ASSERT_OK(pci_unbind_driver(name));
	ASSERT_OK(pci_set_use(name, PCI_COMMAND_MASTER));
	ASSERT_OK(sriov_bind(&fns->pf.dev, fns->ours, &token));
	ASSERT_OK(look(self, &info));
	EXPECT_TRUE(member_is(&info, name, IOMMU_GROUP_MEMBER_EXPOSED,
			      CAN_BIND));
	EXPECT_STREQ("", group_find_member(&info, name)->driver);
	/* It decodes addresses, and is as quiet as it can be made */
	EXPECT_EQ(0, pci_read_use(name));
	ASSERT_OK(pci_write_command(name, PCI_COMMAND_USE, 2));
	EXPECT_EQ(0, pci_read_use(name));
	vfio_close(&fns->pf.dev);
	EXPECT_EQ(PCI_COMMAND_MASTER, pci_read_use(name));
}

TEST_F(sriov, other_context_cannot_bind_a_vf)
{
	struct functions *fns = &self->fns;
	struct group_info info;
	int i;

	ASSERT_OK(claim_with_pf(self));
	EXPECT_ERR(EBUSY, sriov_bind(&fns->vf[0].dev, fns->theirs, &token));
	ASSERT_OK(group_info_of_file(fns->theirs, fns->vf[0].dev.fd, &info));
	EXPECT_EQ(IOMMU_GROUP_OTHERS, info.state);
	for (i = 0; i < VFS; i++)
		EXPECT_TRUE(member_is(&info, fns->vf[i].pci.name,
				      IOMMU_GROUP_MEMBER_EXPOSED, 0));
	EXPECT_TRUE(member_is(&info, fns->pf.pci.name,
			      IOMMU_GROUP_MEMBER_OTHERS, 0));
	EXPECT_OK(sriov_bind(&fns->vf[0].dev, fns->ours, &token));
}

TEST_F(sriov, kernel_driver_of_the_pf_keeps_the_group_from_its_vfs)
{
	struct functions *fns = &self->fns;
	const struct iommu_group_member *pf;
	struct group_info info;

	ASSERT_OK(add_vfs_of_kernel(fns));
	EXPECT_ERR(EBUSY, vfio_bind(&fns->vf[0].dev, fns->ours));
	ASSERT_OK(group_info_of_file(fns->ours, fns->vf[0].dev.fd, &info));
	EXPECT_EQ(IOMMU_GROUP_KERNEL, info.state);
	EXPECT_TRUE(member_is(&info, fns->vf[0].pci.name,
			      IOMMU_GROUP_MEMBER_FREE, 0));
	pf = group_find_member(&info, fns->pf.pci.name);
	ASSERT_NE(NULL, pf);
	EXPECT_EQ(IOMMU_GROUP_MEMBER_KERNEL, pf->state);
	EXPECT_STREQ(KERNEL_DRIVER, pf->driver);
	EXPECT_TRUE(driver_has_netdev(fns->pf.pci.name));
}

/* What nobody has bound is off the bus */
static bool siblings_are_off(struct _test_data_sriov *self)
{
	int i;

	for (i = 1; i < VFS; i++) {
		if (pci_read_use(self->fns.vf[i].pci.name))
			return false;
	}
	return !pci_read_use(self->other.name);
}

TEST_F(sriov, siblings_are_off_the_bus_at_every_step_of_a_claim)
{
	struct functions *fns = &self->fns;
	struct function *vf = &fns->vf[0];

	/* Without a driver, and left turned on */
	ASSERT_OK(pci_take(&self->other));
	ASSERT_OK(pci_unbind_driver(self->other.name));
	ASSERT_OK(pci_set_use(self->other.name, PCI_COMMAND_USE));
	ASSERT_OK(claim_with_pf(self));
	EXPECT_TRUE(siblings_are_off(self));
	ASSERT_OK(vfio_attach(&fns->pf.dev, self->ioas_id));
	EXPECT_TRUE(siblings_are_off(self));
	ASSERT_OK(sriov_bind(&vf->dev, fns->ours, &token));
	ASSERT_OK(vfio_attach(&vf->dev, self->ioas_id));
	ASSERT_OK(vfio_set_master(&vf->dev, true));
	EXPECT_TRUE(pci_read_use(vf->pci.name) & PCI_COMMAND_MASTER);
	EXPECT_TRUE(siblings_are_off(self));
	ASSERT_OK(vfio_detach(&vf->dev));
	ASSERT_OK(vfio_detach(&fns->pf.dev));
	EXPECT_TRUE(siblings_are_off(self));
	vfio_close(&vf->dev);
	EXPECT_EQ(0, pci_read_use(vf->pci.name));
	EXPECT_TRUE(siblings_are_off(self));
	vfio_close(&fns->pf.dev);
	EXPECT_EQ(PCI_COMMAND_USE, pci_read_use(self->other.name));
	EXPECT_EQ(0, pci_read_use(fns->pf.pci.name));
}

TEST_F(sriov, pf_is_parked_when_it_is_closed_before_its_vf)
{
	struct functions *fns = &self->fns;
	struct group_info info;

	ASSERT_OK(claim_with_pf(self));
	ASSERT_OK(sriov_bind(&fns->vf[0].dev, fns->ours, &token));
	ASSERT_OK(reopen(&fns->pf));
	ASSERT_OK(group_info_of_id(fns->ours, fns->vf[0].dev.dev_id, &info));
	EXPECT_TRUE(member_is(&info, fns->pf.pci.name,
			      IOMMU_GROUP_MEMBER_PARKED, CAN_BIND));
	EXPECT_TRUE(member_is(&info, fns->vf[0].pci.name,
			      IOMMU_GROUP_MEMBER_OURS, 0));
	EXPECT_EQ(0, pci_read_use(fns->pf.pci.name));
	EXPECT_ERR(EBUSY, sriov_bind(&fns->pf.dev, fns->theirs, &token));
	EXPECT_OK(sriov_bind(&fns->pf.dev, fns->ours, &token));
}

/* Send a frame through the physical function and compare what is received */
static int copies(struct _test_data_sriov *self, char *memory, size_t page)
{
	char *src = memory + page, *dst = src + page;
	struct igb igb;
	int rc;

	mem_fill(src, FRAME, 7);
	igb_frame_header(src);
	memset(dst, 0, FRAME);
	rc = igb_init(&igb, &self->fns.pf.dev, memory, RING_IOVA) ?:
	     igb_copy(&igb, DST_IOVA, SRC_IOVA, FRAME);
	if (rc)
		return rc;
	return memcmp(src, dst, FRAME) ? -EILSEQ : 0;
}

static int map(struct _test_data_sriov *self, char *memory, size_t page)
{
	int fd = self->fns.ours;

	return iommu_map_at(fd, self->ioas_id, memory, IGB_RING_BYTES,
			    RING_IOVA, IOMMU_MAP_RW) ?:
	       iommu_map_at(fd, self->ioas_id, memory + page, page, SRC_IOVA,
			    IOMMU_IOAS_MAP_READABLE) ?:
	       iommu_map_at(fd, self->ioas_id, memory + 2 * page, page,
			    DST_IOVA, IOMMU_MAP_RW);
}

TEST_F(sriov, vfs_appear_and_vanish_during_a_claim)
{
	struct functions *fns = &self->fns;
	size_t page = mem_page_size();
	char *memory = mem_alloc(3 * page);
	struct group_info before, info;
	int i;

	ASSERT_NE(NULL, memory);
	ASSERT_OK(sriov_allow_users(true));
	ASSERT_OK(take_and_open(&fns->pf));
	ASSERT_OK(sriov_bind(&fns->pf.dev, fns->ours, &token));
	ASSERT_OK(vfio_attach(&fns->pf.dev, self->ioas_id));
	ASSERT_OK(map(self, memory, page));
	ASSERT_OK(look(self, &before));
	for (i = 0; i < 5; i++) {
		ASSERT_OK(add_vfs(fns));
		ASSERT_OK(look(self, &info));
		EXPECT_EQ(before.count + VFS, info.count);
		EXPECT_TRUE(member_is(&info, fns->vf[0].pci.name,
				      IOMMU_GROUP_MEMBER_EXPOSED, CAN_BIND));
		ASSERT_OK(vfio_open(&fns->vf[i % VFS].dev,
				    fns->vf[i % VFS].pci.name));
		EXPECT_ERR(EBUSY, sriov_bind(&fns->vf[i % VFS].dev,
					     fns->theirs, &token));
		EXPECT_OK(sriov_bind(&fns->vf[i % VFS].dev, fns->ours,
				     &token));
		EXPECT_OK(vfio_attach(&fns->vf[i % VFS].dev, self->ioas_id));
		vfio_close(&fns->vf[i % VFS].dev);
		ASSERT_OK(sriov_set_vfs(fns->pf.pci.name, 0));
		ASSERT_OK(look(self, &info));
		EXPECT_EQ(0, memcmp(&before, &info, sizeof(info)));
	}
	EXPECT_OK(copies(self, memory, page));
	mem_free(memory, 3 * page);
}

TEST_HARNESS_MAIN
