// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two users without privileges, each with the node of one device of a group:
 * who binds first has the group, the other one is told so and gets nothing.
 */
#include "../kselftest_harness.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "lib/check.h"
#include "lib/group.h"
#include "lib/hot_reset.h"
#include "lib/hw.h"
#include "lib/limit.h"
#include "lib/user.h"

#define FIRST_USER 1001
#define SECOND_USER 1002
#define NODE_LEN 64
#define LIMIT_PAGES 8
#define IOVA 0x100000ULL

/*
 *	root port -+- a: e1000e, function 0: the node is the first user's
 *	           +- b: e1000e, function 1: the node is the second user's
 */
FIXTURE(users)
{
	struct pci_dev pci[2];
	char node[2][NODE_LEN];
	struct stat iommu_before;
	struct user_task first;
	struct user_task second;
	struct group_info *info;	/* shared with processes that we start */
};

FIXTURE_SETUP(users)
{
	static const uid_t users[] = { FIRST_USER, SECOND_USER };
	struct stat before;
	int i;

	if (pci_find(PCI_ID_E1000E, PCI_SHARED, 0, &self->pci[0]))
		SKIP_FROM_SETUP("no e1000e in a shared IOMMU group");
	ASSERT_OK(pci_find_sibling(&self->pci[0], &self->pci[1]));
	self->info = mmap(NULL, sizeof(*self->info), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->info);
	ASSERT_OK(user_give("/dev/iommu", 0, 0666, &self->iommu_before));
	for (i = 0; i < 2; i++) {
		ASSERT_OK(pci_take(&self->pci[i]));
		ASSERT_OK(vfio_cdev_path(self->pci[i].name, self->node[i],
					 NODE_LEN));
		/* The node is gone with the driver */
		ASSERT_OK(user_give(self->node[i], users[i], 0600, &before));
	}
}

FIXTURE_TEARDOWN(users)
{
	user_kill(&self->first);
	user_kill(&self->second);
	user_take_back("/dev/iommu", &self->iommu_before);
	pci_give_back(&self->pci[1]);
	pci_give_back(&self->pci[0]);
}

static int open_node(void *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* Returns a context, to which the device is bound, or a negative errno */
static int bind_device(struct pci_dev *pci, struct vfio_dev *dev)
{
	int rc, fd = iommu_open();

	if (fd < 0)
		return fd;
	rc = vfio_open(dev, pci->name) ?: vfio_bind(dev, fd);
	return rc ?: fd;
}

static int bind_only(void *pci)
{
	struct vfio_dev dev;
	int fd = bind_device(pci, &dev);

	return fd < 0 ? fd : 0;
}

TEST_F(users, each_can_open_the_own_node_only)
{
	EXPECT_OK(user_run(FIRST_USER, open_node, self->node[0]));
	EXPECT_OK(user_run(SECOND_USER, open_node, self->node[1]));
	EXPECT_ERR(EACCES, user_run(FIRST_USER, open_node, self->node[1]));
	EXPECT_ERR(EACCES, user_run(SECOND_USER, open_node, self->node[0]));
}

TEST_F(users, second_user_cannot_bind_the_sibling)
{
	ASSERT_OK(user_start(FIRST_USER, bind_only, &self->pci[0],
			     &self->first));
	EXPECT_ERR(EBUSY, user_run(SECOND_USER, bind_only, &self->pci[1]));
	/* Nor does root get it by being root */
	EXPECT_ERR(EBUSY, user_run(0, bind_only, &self->pci[1]));
}

/* Stores what the second user is told by a context and a node of its own */
static int ask(void *data)
{
	struct _test_data_users *self = data;
	struct vfio_dev dev;
	int fd = iommu_open();

	if (fd < 0)
		return fd;
	return vfio_open(&dev, self->pci[1].name) ?:
	       group_info_of_file(fd, dev.fd, self->info);
}

TEST_F(users, second_user_is_told_why_and_no_ids)
{
	__u32 i;

	ASSERT_OK(user_run(SECOND_USER, ask, self));
	EXPECT_EQ(IOMMU_GROUP_FREE, self->info->state);
	EXPECT_EQ(IOMMU_GROUP_MEMBER_CAN_BIND,
		  group_member_flags(self->info, self->pci[1].name));
	ASSERT_OK(user_start(FIRST_USER, bind_only, &self->pci[0],
			     &self->first));
	ASSERT_OK(user_run(SECOND_USER, ask, self));
	EXPECT_EQ(IOMMU_GROUP_OTHERS, self->info->state);
	EXPECT_EQ(IOMMU_GROUP_MEMBER_OTHERS,
		  group_member_state(self->info, self->pci[0].name));
	EXPECT_EQ(IOMMU_GROUP_MEMBER_PARKED,
		  group_member_state(self->info, self->pci[1].name));
	EXPECT_LE(2, self->info->count);
	for (i = 0; i < self->info->count; i++) {
		EXPECT_EQ(0, self->info->members[i].dev_id);
		EXPECT_EQ(0, self->info->members[i].flags);
	}
}

TEST_F(users, group_is_the_second_users_when_the_first_has_left)
{
	ASSERT_OK(user_start(FIRST_USER, bind_only, &self->pci[0],
			     &self->first));
	user_end(&self->first);
	ASSERT_OK(user_start(SECOND_USER, bind_only, &self->pci[1],
			     &self->second));
	EXPECT_ERR(EBUSY, user_run(FIRST_USER, bind_only, &self->pci[0]));
}

TEST_F(users, group_is_the_second_users_when_the_first_was_killed)
{
	ASSERT_OK(user_start(FIRST_USER, bind_only, &self->pci[0],
			     &self->first));
	user_kill(&self->first);
	ASSERT_OK(user_start(SECOND_USER, bind_only, &self->pci[1],
			     &self->second));
	EXPECT_ERR(EBUSY, user_run(FIRST_USER, bind_only, &self->pci[0]));
}

static int open_and_keep(void *path)
{
	return open(path, O_RDWR) < 0 ? -errno : 0;
}

/* Bind a device, learn what a reset of it would affect, and reset */
static int reset_group(void *data)
{
	struct _test_data_users *self = data;
	struct hot_reset_info info;
	struct vfio_dev dev;
	int fd = bind_device(&self->pci[0], &dev);
	int rc = fd < 0 ? fd : hot_reset_info(&dev, &info);

	if (rc)
		return rc;
	if (!(info.flags & VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED) ||
	    hot_reset_id(&info, self->pci[1].name) != HOT_RESET_OWNED)
		return -EPERM;
	return hot_reset(&dev);
}

TEST_F(users, owner_may_reset_a_sibling_whose_node_is_another_users)
{
	/* An open file without a bind is in nobody's way, and no way in */
	ASSERT_OK(user_start(SECOND_USER, open_and_keep, self->node[1],
			     &self->second));
	EXPECT_OK(user_run(FIRST_USER, reset_group, self));
}

static int reset_unbound(void *pci)
{
	struct hot_reset_info info;
	struct vfio_dev dev;
	int rc = vfio_open(&dev, ((struct pci_dev *)pci)->name);

	if (rc || hot_reset_info(&dev, &info) != -EINVAL)
		return rc ?: -EPERM;
	return hot_reset(&dev);
}

TEST_F(users, who_has_bound_nothing_resets_nothing)
{
	EXPECT_ERR(EINVAL, user_run(SECOND_USER, reset_unbound, &self->pci[1]));
	ASSERT_OK(user_start(FIRST_USER, bind_only, &self->pci[0],
			     &self->first));
	EXPECT_ERR(EINVAL, user_run(SECOND_USER, reset_unbound, &self->pci[1]));
}

/* Pin this many pages by a device; the caller has set the limit */
struct pinning {
	struct pci_dev *pci;
	unsigned int npages;
};

static int pin(void *data)
{
	struct pinning *pinning = data;
	size_t length = pinning->npages * mem_page_size();
	char *memory = mem_alloc(length);
	struct vfio_dev dev;
	__u32 ioas_id;
	int fd;

	fd = bind_device(pinning->pci, &dev);
	if (fd < 0 || !memory)
		return fd < 0 ? fd : -ENOMEM;
	return iommu_ioas_alloc(fd, &ioas_id) ?: vfio_attach(&dev, ioas_id) ?:
	       iommu_map_at(fd, ioas_id, memory, length, IOVA, IOMMU_MAP_RW);
}

TEST_F(users, each_user_has_a_limit_of_locked_memory)
{
	struct pci_dev edu;
	struct pinning own = { &self->pci[0], LIMIT_PAGES };
	struct pinning more = { &edu, 1 };
	char node[NODE_LEN];
	struct stat before;

	if (pci_find(PCI_ID_EDU, PCI_ALONE, 0, &edu))
		SKIP(return, "no edu device alone in its IOMMU group");
	ASSERT_OK(pci_take(&edu));
	EXPECT_OK(vfio_cdev_path(edu.name, node, sizeof(node)));
	EXPECT_OK(user_give(node, FIRST_USER, 0666, &before));
	/* Theirs; root is above it */
	EXPECT_OK(limit_locked_memory(LIMIT_PAGES * mem_page_size()));
	EXPECT_OK(user_start(FIRST_USER, pin, &own, &self->first));
	/* Another process of the same user, by another device */
	EXPECT_ERR(ENOMEM, user_run(FIRST_USER, pin, &more));
	more.npages = LIMIT_PAGES;
	EXPECT_OK(user_run(SECOND_USER, pin, &more));
	user_end(&self->first);
	EXPECT_OK(user_run(FIRST_USER, pin, &more));
	pci_give_back(&edu);
}

TEST_HARNESS_MAIN
