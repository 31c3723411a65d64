// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Doubly linked list sorted by key, largest first, with a bounded number of members
/// @dev Member functions are internal, so that no deployed library has to be linked. A caller may name the two
/// neighbours a new key belongs between; wrong or missing (null) hints only cost gas. Among equal keys the newest comes
/// first. Storage, relative: 0 head, 1 tail, 2 maxSize, 3 size, 4 nodes.
library SortedDoublyLL {
    struct Node {
        uint256 key;
        address nextId;
        address prevId;
    }

    struct Data {
        address head;
        address tail;
        uint256 maxSize;
        uint256 size;
        mapping(address id => Node node) nodes;
    }

    /// The list holds as many members as it may.
    error SortedListFull();

    /// `id` is a member already.
    error SortedListDuplicate(address id);

    /// `id` is not a member.
    error SortedListMissing(address id);

    /// Neither a member nor a key may be zero: zero means absent.
    error SortedListZero();

    /// Lets the list hold `maxSize` members.
    function setMaxSize(Data storage self, uint256 maxSize) internal {
        self.maxSize = maxSize;
    }

    /// Adds `id`, between `prevId` and `nextId` if that is where `key` belongs.
    function insert(Data storage self, address id, uint256 key, address prevId, address nextId) internal {
        if (isFull(self)) revert SortedListFull();
        if (contains(self, id)) revert SortedListDuplicate(id);
        if (id == address(0) || key == 0) revert SortedListZero();

        if (!_fits(self, key, prevId, nextId)) (prevId, nextId) = _findPosition(self, key, prevId, nextId);

        self.nodes[id] = Node({key: key, nextId: nextId, prevId: prevId});
        if (prevId == address(0)) self.head = id;
        else self.nodes[prevId].nextId = id;
        if (nextId == address(0)) self.tail = id;
        else self.nodes[nextId].prevId = id;
        self.size += 1;
    }

    /// Takes `id` out.
    function remove(Data storage self, address id) internal {
        if (!contains(self, id)) revert SortedListMissing(id);
        Node storage node = self.nodes[id];
        if (node.prevId == address(0)) self.head = node.nextId;
        else self.nodes[node.prevId].nextId = node.nextId;
        if (node.nextId == address(0)) self.tail = node.prevId;
        else self.nodes[node.nextId].prevId = node.prevId;
        delete self.nodes[id];
        self.size -= 1;
    }

    /// Gives `id` another key; zero takes it out.
    function updateKey(Data storage self, address id, uint256 newKey, address prevId, address nextId) internal {
        remove(self, id);
        if (newKey != 0) insert(self, id, newKey, prevId, nextId);
    }

    /// Whether `id` is a member.
    function contains(Data storage self, address id) internal view returns (bool) {
        return self.nodes[id].key != 0;
    }

    /// Whether no more members fit.
    function isFull(Data storage self) internal view returns (bool) {
        return self.size >= self.maxSize;
    }

    /// The key of `id`; zero when it is not a member.
    function getKey(Data storage self, address id) internal view returns (uint256) {
        return self.nodes[id].key;
    }

    /// The member after `id`; null at the end.
    function getNext(Data storage self, address id) internal view returns (address) {
        return self.nodes[id].nextId;
    }

    function _fits(Data storage self, uint256 key, address prevId, address nextId) private view returns (bool) {
        if (prevId == address(0) && nextId == address(0)) return self.size == 0;
        if (prevId == address(0)) return self.head == nextId && key >= self.nodes[nextId].key;
        if (nextId == address(0)) return self.tail == prevId && key < self.nodes[prevId].key;
        return self.nodes[prevId].nextId == nextId && self.nodes[prevId].key > key && key >= self.nodes[nextId].key;
    }

    /// @dev Walks from whichever hint is still a member, towards the place; from the head when none is.
    function _findPosition(Data storage self, uint256 key, address prevId, address nextId)
        private
        view
        returns (address, address)
    {
        if (prevId != address(0) && self.nodes[prevId].key > key) return _descend(self, key, prevId);
        if (nextId != address(0) && contains(self, nextId) && self.nodes[nextId].key <= key) {
            return _ascend(self, key, nextId);
        }
        return _descend(self, key, address(0));
    }

    /// @dev `prevId` is null (before the head) or a member with a larger key.
    function _descend(Data storage self, uint256 key, address prevId) private view returns (address, address nextId) {
        nextId = prevId == address(0) ? self.head : self.nodes[prevId].nextId;
        while (nextId != address(0) && self.nodes[nextId].key > key) {
            prevId = nextId;
            nextId = self.nodes[nextId].nextId;
        }
        return (prevId, nextId);
    }

    /// @dev `nextId` is a member whose key is not larger.
    function _ascend(Data storage self, uint256 key, address nextId) private view returns (address prevId, address) {
        prevId = self.nodes[nextId].prevId;
        while (prevId != address(0) && self.nodes[prevId].key <= key) {
            nextId = prevId;
            prevId = self.nodes[prevId].prevId;
        }
        return (prevId, nextId);
    }
}
