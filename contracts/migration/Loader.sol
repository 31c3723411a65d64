// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Base of what writes a past state into a proxy: for a while it is the target that the proxy delegates to
/// @notice Only its deployer loads, and nobody once it was burned. Burning is for good: no order of later calls, through a
/// proxy or not, lets this contract write again.
/// @dev A loader leaves no word of its own in the proxy's storage, so that the root of what it loaded is that of the
/// snapshot. Who may load is part of the code; that it was burned is in the loader's own storage, which a delegated call
/// asks for. Slots 0 and 1 are the proxy's (controller, targetContractId): a word for them must be what is there already.
abstract contract Loader {
    /// Who may load and burn.
    address public immutable deployer;

    /// @dev The loader itself, also where it runs in the storage of a proxy.
    address private immutable _self;

    bool private _burned;

    /// `account` is not the deployer.
    error LoaderUnauthorized(address account);

    /// Nothing can be loaded any more.
    error LoaderBurned();

    /// A load writes the storage of a proxy, and this call came to the loader itself.
    error LoaderNotDelegated();

    /// The loader is burned by a call to itself, and this one came through a proxy.
    error LoaderDelegated();

    /// `length` bytes are no whole number of records, or none at all.
    error LoaderInvalidLength(uint256 length);

    /// The records would move the proxy: `slot` holds its Controller or the name of its target.
    error LoaderProxySlot(uint256 slot);

    event Burned();

    modifier onlyDeployer() {
        if (msg.sender != deployer) revert LoaderUnauthorized(msg.sender);
        _;
    }

    /// @dev For the deployer, through a proxy, as long as the loader was not burned.
    modifier whileLoading() {
        if (msg.sender != deployer) revert LoaderUnauthorized(msg.sender);
        if (address(this) == _self) revert LoaderNotDelegated();
        if (Loader(_self).burned()) revert LoaderBurned();
        _;
    }

    constructor() {
        deployer = msg.sender;
        _self = address(this);
    }

    /// Ends the loader, for every proxy. It may still be registered somewhere: it only cannot write any more.
    function burn() external onlyDeployer {
        if (address(this) != _self) revert LoaderDelegated();
        if (_burned) revert LoaderBurned();
        _burned = true;
        emit Burned();
    }

    /// Whether nothing can be loaded any more; the same answer through a proxy.
    function burned() external view returns (bool) {
        return address(this) == _self ? _burned : Loader(_self).burned();
    }
}
