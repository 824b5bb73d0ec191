// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups whose container is /dev/iommu: the address space behind it, and both
 * kinds of commands side by side.
 */
#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/container.h"
#include "lib/group.h"
#include "lib/hot_reset.h"
#include "lib/hw.h"
#include "lib/mode.h"

#define IOVA 0x100000ULL
#define RW (VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)

/*
 *	context ---+--- group --- edu, not open
 *	           +--- node of another edu, not bound
 */
FIXTURE(compat)
{
	struct pci_dev pci[2];
	struct vfio_container cont;
	struct vfio_dev dev[2];
	char *memory;	/* two pages, the first with a pattern */
	size_t page;
};

static int prepare(struct _test_data_compat *self)
{
	int rc = pci_take(&self->pci[0]) ?: pci_take(&self->pci[1]) ?:
		 vfio_open(&self->dev[1], self->pci[1].name);

	if (rc)
		return rc;
	self->cont.fd = iommu_open();
	self->cont.group_fd = vfio_group_open(self->pci[0].group);
	if (self->cont.fd < 0 || self->cont.group_fd < 0)
		return -EIO;
	return group_set_container(self->cont.group_fd, self->cont.fd) ?:
	       container_set_iommu(self->cont.fd, VFIO_TYPE1v2_IOMMU);
}

static void take_down(struct _test_data_compat *self)
{
	vfio_close(&self->dev[0]);
	vfio_close(&self->dev[1]);
	vfio_container_close(&self->cont);
	pci_give_back(&self->pci[0]);
	pci_give_back(&self->pci[1]);
}

FIXTURE_SETUP(compat)
{
	int i;

	self->page = mem_page_size();
	self->memory = mem_alloc(2 * self->page);
	ASSERT_NE(NULL, self->memory);
	self->cont.fd = -1;
	self->cont.group_fd = -1;
	for (i = 0; i < 2; i++) {
		self->dev[i].fd = -1;
		if (pci_find(PCI_ID_EDU, PCI_ALONE, i, &self->pci[i]))
			SKIP_FROM_SETUP("no two edu devices alone in groups");
	}
	ASSERT_OK(prepare(self)) {
		take_down(self);
	}
}

FIXTURE_TEARDOWN(compat)
{
	take_down(self);
	mem_free(self->memory, 2 * self->page);
}

static int get_dev(struct _test_data_compat *self)
{
	return vfio_container_get_dev(&self->cont, self->pci[0].name,
				      &self->dev[0]);
}

static int vfio_ioas(struct _test_data_compat *self, __u16 op, __u32 *id)
{
	struct iommu_vfio_ioas cmd = {
		.size = sizeof(cmd),
		.ioas_id = *id,
		.op = op,
	};
	int rc = iommu_ioctl(self->cont.fd, IOMMU_VFIO_IOAS, &cmd);

	*id = cmd.ioas_id;
	return rc;
}

static int round_trip(struct _test_data_compat *self, int i)
{
	return edu_round_trip(&self->dev[i], self->memory, self->page, IOVA);
}

TEST_F(compat, device_reaches_what_the_native_commands_map)
{
	__u32 ioas = 0;

	ASSERT_OK(vfio_ioas(self, IOMMU_VFIO_IOAS_GET, &ioas));
	ASSERT_LT(0, ioas);
	ASSERT_OK(iommu_map_at(self->cont.fd, ioas, self->memory,
			       2 * self->page, IOVA, IOMMU_MAP_RW));
	ASSERT_OK(get_dev(self));
	EXPECT_OK(round_trip(self, 0));
	EXPECT_ERR(EEXIST, container_map(self->cont.fd, self->memory,
					 self->page, IOVA, RW));
	EXPECT_OK(container_unmap(self->cont.fd, IOVA, 2 * self->page, 0,
				  NULL));
	EXPECT_ERR(EILSEQ, round_trip(self, 0));
}

TEST_F(compat, node_and_group_share_an_address_space)
{
	__u32 ioas = 0;

	ASSERT_OK(vfio_ioas(self, IOMMU_VFIO_IOAS_GET, &ioas));
	ASSERT_OK(get_dev(self));
	ASSERT_OK(vfio_bind(&self->dev[1], self->cont.fd));
	ASSERT_OK(vfio_attach(&self->dev[1], ioas));
	ASSERT_OK(container_map(self->cont.fd, self->memory, 2 * self->page,
				IOVA, RW));
	EXPECT_OK(round_trip(self, 0));
	EXPECT_OK(round_trip(self, 1));
}

TEST_F(compat, address_space_is_kept_by_open_devices_only)
{
	__u32 ioas = 0;

	ASSERT_OK(vfio_ioas(self, IOMMU_VFIO_IOAS_GET, &ioas));
	ASSERT_OK(get_dev(self));
	EXPECT_ERR(EBUSY, iommu_destroy(self->cont.fd, ioas));
	vfio_close(&self->dev[0]);
	EXPECT_OK(iommu_destroy(self->cont.fd, ioas));
	EXPECT_ERR(ENODEV, vfio_ioas(self, IOMMU_VFIO_IOAS_GET, &ioas));
	EXPECT_ERR(ENODEV, get_dev(self));
	EXPECT_ERR(ENODEV, container_map(self->cont.fd, self->memory,
					 self->page, IOVA, RW));
}

TEST_F(compat, device_attaches_to_the_address_space_of_the_moment)
{
	__u32 other;

	ASSERT_OK(container_map(self->cont.fd, self->memory, 2 * self->page,
				IOVA, RW));
	ASSERT_OK(iommu_ioas_alloc(self->cont.fd, &other));
	ASSERT_OK(vfio_ioas(self, IOMMU_VFIO_IOAS_SET, &other));
	ASSERT_OK(get_dev(self));
	EXPECT_ERR(EILSEQ, round_trip(self, 0));
	ASSERT_OK(container_map(self->cont.fd, self->memory, 2 * self->page,
				IOVA, RW));
	EXPECT_OK(round_trip(self, 0));
	/* To choose another one moves nobody */
	ASSERT_OK(vfio_ioas(self, IOMMU_VFIO_IOAS_CLEAR, &other));
	EXPECT_OK(round_trip(self, 0));
}

TEST_F(compat, open_device_claims_its_group)
{
	const struct iommu_group_member *member;
	struct group_info info;

	ASSERT_OK(get_dev(self));
	ASSERT_OK(group_info_of_file(self->cont.fd, self->dev[0].fd, &info));
	EXPECT_EQ(IOMMU_GROUP_OURS, info.state);
	member = group_find_member(&info, self->pci[0].name);
	ASSERT_NE(NULL, member);
	EXPECT_EQ(IOMMU_GROUP_MEMBER_OURS, member->state);
}

TEST_F(compat, device_with_something_mapped_in_its_way_cannot_be_opened)
{
	/* No IOMMU translates the last page */
	ASSERT_OK(container_map(self->cont.fd, self->memory, self->page,
				-self->page, RW));
	EXPECT_ERR(EADDRINUSE, get_dev(self));
	ASSERT_OK(container_unmap(self->cont.fd, -self->page, self->page, 0,
				  NULL));
	EXPECT_OK(get_dev(self));
}

TEST_F(compat, failed_open_leaves_the_group_free)
{
	struct vfio_dev node;
	int other = iommu_open();

	ASSERT_LE(0, other);
	ASSERT_OK(container_map(self->cont.fd, (void *)self->page, self->page,
				IOVA, RW));
	/* Nothing is there to be pinned */
	EXPECT_ERR(EFAULT, get_dev(self));
	EXPECT_OK(group_unset_container(self->cont.group_fd));
	close(self->cont.group_fd);
	self->cont.group_fd = -1;
	ASSERT_OK(vfio_open(&node, self->pci[0].name));
	EXPECT_OK(vfio_bind(&node, other));
	vfio_close(&node);
	close(other);
}

/*
 *	root port -+- [0]: igb, function 0, through its group
 *	           +- [1]: igb, function 1, by its node
 *
 * They share the reset, and the context.
 */
FIXTURE(bus)
{
	struct mode_dev group;
	struct pci_dev pci;
	struct vfio_dev node;
};

static void put_back(struct _test_data_bus *self)
{
	vfio_close(&self->node);
	pci_give_back(&self->pci);
	mode_down(&self->group);
}

FIXTURE_SETUP(bus)
{
	struct pci_dev pci;

	self->node.fd = -1;
	/* The first of them is on a bus of its own */
	if (pci_find(PCI_ID_IGB, PCI_ALONE, 1, &pci) ||
	    pci_find(PCI_ID_IGB, PCI_ALONE, 2, &self->pci))
		SKIP_FROM_SETUP("no two igb devices on a bus");
	ASSERT_OK(mode_up(&self->group, MODE_COMPATV2, PCI_ID_IGB, 1) ?:
		  pci_take(&self->pci) ?:
		  vfio_open(&self->node, self->pci.name) ?:
		  vfio_bind(&self->node, self->group.cont.fd)) {
		put_back(self);
	}
}

FIXTURE_TEARDOWN(bus)
{
	put_back(self);
}

TEST_F(bus, what_is_open_through_its_group_is_not_reset_by_a_node)
{
	struct hot_reset_info info;

	ASSERT_OK(hot_reset_info(&self->node, &info));
	EXPECT_EQ(VFIO_PCI_HOT_RESET_FLAG_DEV_ID, info.flags);
	EXPECT_EQ(self->node.dev_id, hot_reset_id(&info, self->pci.name));
	EXPECT_EQ(HOT_RESET_NOT_OWNED,
		  hot_reset_id(&info, self->group.pci.name));
	EXPECT_ERR(EINVAL, hot_reset(&self->node));
	/* Nor the other way round */
	EXPECT_ERR(EINVAL, hot_reset_by_file(&self->group.vfio,
					     self->group.cont.group_fd));
	mode_close(&self->group);
	EXPECT_ERR(EINVAL, hot_reset(&self->node));
}

TEST_HARNESS_MAIN
