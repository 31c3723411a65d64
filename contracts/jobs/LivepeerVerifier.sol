// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Manager} from "../registry/Manager.sol";
import {IJobsManager} from "./IJobsManager.sol";
import {IVerifier} from "./IVerifier.sol";

/// @title LivepeerVerifier
/// @notice Has challenged segments recomputed by a trusted solver, who answers in a later transaction with the hash of
/// what it found. An answer other than the hash that the transcoder was paid for is a failed verification.
/// @dev Not behind a proxy; another one is registered as `Verifier` instead. Solvers cannot be removed. Storage: slot
/// 0 controller, 1 verificationCodeHash, 2 solvers, 3 isSolver, 4 requests, 5 requestCount.
contract LivepeerVerifier is Manager, IVerifier {
    struct Request {
        uint256 jobId;
        uint256 claimId;
        uint256 segmentNumber;
        bytes32 commitHash;
    }

    /// Where the program is found that a solver runs: an IPFS hash.
    string public verificationCodeHash;

    /// Accounts that may answer.
    address[] public solvers;

    /// Whether an account may answer.
    mapping(address account => bool solver) public isSolver;

    /// Requests that wait for an answer: the segment, and the hash that a solver should find.
    mapping(uint256 requestId => Request request) public requests;

    /// Number of requests so far; also the id of the next one.
    uint256 public requestCount;

    event VerifyRequest(
        uint256 indexed requestId,
        uint256 indexed jobId,
        uint256 indexed claimId,
        uint256 segmentNumber,
        string transcodingOptions,
        string dataStorageHash,
        bytes32 dataHash,
        bytes32 transcodedDataHash
    );
    event Callback(
        uint256 indexed requestId,
        uint256 indexed jobId,
        uint256 indexed claimId,
        uint256 segmentNumber,
        bool result
    );

    /// `solver` is null or a solver already.
    error VerifierInvalidSolver(address solver);

    /// No request with this id waits for an answer.
    error VerifierUnknownRequest(uint256 requestId);

    modifier onlyJobsManager() {
        if (msg.sender != _registered("JobsManager")) revert VerifierUnauthorizedCaller(msg.sender);
        _;
    }

    modifier onlySolvers() {
        if (!isSolver[msg.sender]) revert VerifierUnauthorizedCaller(msg.sender);
        _;
    }

    constructor(address initialController, address[] memory initialSolvers, string memory initialCodeHash)
        Manager(initialController)
    {
        for (uint256 i = 0; i < initialSolvers.length; ++i) {
            _addSolver(initialSolvers[i]);
        }
        verificationCodeHash = initialCodeHash;
    }

    /// Sets where the program is found that a solver runs.
    function setVerificationCodeHash(string calldata newVerificationCodeHash) external onlyControllerOwner {
        verificationCodeHash = newVerificationCodeHash;
        emit ParameterUpdate("verificationCodeHash");
    }

    /// Lets `solver` answer, for good.
    function addSolver(address solver) external onlyControllerOwner {
        _addSolver(solver);
        emit ParameterUpdate("solvers");
    }

    /// @inheritdoc IVerifier
    function verify(
        uint256 jobId,
        uint256 claimId,
        uint256 segmentNumber,
        string calldata transcodingOptions,
        string calldata dataStorageHash,
        bytes32[2] calldata dataHashes
    ) external payable onlyJobsManager whenSystemNotPaused {
        uint256 requestId = requestCount++;
        requests[requestId] = Request({
            jobId: jobId,
            claimId: claimId,
            segmentNumber: segmentNumber,
            commitHash: keccak256(abi.encodePacked(dataHashes[0], dataHashes[1]))
        });
        emit VerifyRequest(
            requestId,
            jobId,
            claimId,
            segmentNumber,
            transcodingOptions,
            dataStorageHash,
            dataHashes[0],
            dataHashes[1]
        );
    }

    /// A solver's answer: the hash of the two hashes it found, of the data as sent and as transcoded. Each request is
    /// answered once.
    /// @dev Without the check of the id an answer to nothing would read as a failed verification of job 0.
    // The leading underscores are those of the published selector.
    // forge-lint: disable-next-line(mixed-case-function)
    function __callback(uint256 requestId, bytes32 result) external onlySolvers whenSystemNotPaused {
        Request memory request = requests[requestId];
        if (request.commitHash == bytes32(0)) revert VerifierUnknownRequest(requestId);
        delete requests[requestId];

        bool passed = result == request.commitHash;
        emit Callback(requestId, request.jobId, request.claimId, request.segmentNumber, passed);
        IJobsManager(_registered("JobsManager")).receiveVerification(
            request.jobId, request.claimId, request.segmentNumber, passed
        );
    }

    /// @inheritdoc IVerifier
    function getPrice() external pure returns (uint256) {
        return 0;
    }

    function _addSolver(address solver) private {
        if (solver == address(0) || isSolver[solver]) revert VerifierInvalidSolver(solver);
        solvers.push(solver);
        isSolver[solver] = true;
    }
}
