import { Interface } from "ethers";
import type { SendProgress } from "../../chain/operation.ts";
import { sendOperations } from "../../chain/sender.ts";
import type { TransactionSigner } from "../../chain/transaction.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Project } from "../../inspection/project.ts";
import { journalFile } from "../../lifecycle/journals.ts";
import { getCreateAddress } from "ethers";
import type { Address } from "../../protocol/hex.ts";
import type { TransactionPlan } from "../../genesis/transaction-plan.ts";
import { savePrepared, type Prepared } from "./prepared-file.ts";
import type { Preparation } from "./review-preparation.ts";
import { verifyPrepared } from "./verify-prepared.ts";

export interface DeployOptions {
  onProgress?: ((progress: SendProgress) => void) | undefined;
  /** For crash tests. */
  onCheckpoint?: ((name: string) => void) | undefined;
}

/**
 * Deploys what was reviewed, through the journal: killed at any moment, the same command goes on and sends nothing twice. The record
 * is written before the first transaction leaves, and says that all is there once every contract was compared with its source.
 * @throws LPCTL_HANDOVER_NONCE_TAKEN, _PREPARED_DIFFERS, what `sendOperations` throws
 */
export async function deployPrepared(project: Project, { prepared, planned }: Preparation, signer: TransactionSigner, options: DeployOptions = {}): Promise<{ prepared: Prepared; path: string }> {
  await savePrepared(project, prepared);
  const { plan, contracts } = planned;
  const { kind, deployer, firstNonce } = prepared;
  const results = await sendOperations({
    rpc: project.rpc,
    chainId: project.chainId,
    signer: keepToPlan(plan, signer),
    journalPath: await journalFile(project, `prepare-${kind}-${deployer.slice(2, 10).toLowerCase()}-${firstNonce}`),
    operations: plan.transactions.map((transaction, index) => ({
      ...transaction,
      staysDone: true,
      // Where the journal was lost, the chain tells: nobody else can make a contract at this address, or use this nonce.
      isDone: async () => {
        if ((await project.rpc.nonce(deployer, "latest")) <= firstNonce + BigInt(index)) return false;
        if (transaction.to !== null) return true;
        return (await project.rpc.code(getCreateAddress({ from: deployer, nonce: firstNonce + BigInt(index) }) as Address)) !== "0x";
      },
    })),
    errorAbis: contracts.map(({ artifact }) => new Interface(artifact.abi as ConstructorParameters<typeof Interface>[0])),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    ...(options.onCheckpoint === undefined ? {} : { onCheckpoint: options.onCheckpoint }),
  });
  await verifyPrepared(project.rpc, prepared, contracts, { fresh: true });
  const done = { ...prepared, transactions: results.flatMap(({ hash }) => (hash === null ? [] : [hash])) };
  return { prepared: done, path: await savePrepared(project, done) };
}

/** Signs the right transaction for a nonce, or nothing: addresses follow from nonces. */
function keepToPlan({ transactions, firstNonce, from }: TransactionPlan, signer: TransactionSigner): TransactionSigner {
  return {
    address: signer.address,
    signTransaction: async (transaction) => {
      const planned = transactions[Number(transaction.nonce - firstNonce)];
      if (planned !== undefined && planned.to === transaction.to && planned.data === transaction.data && planned.valueWei === transaction.valueWei) return signer.signTransaction(transaction);
      throw new LpctlError({
        code: "LPCTL_HANDOVER_NONCE_TAKEN",
        exit: Exit.refused,
        message: `${from} used a nonce for something else: the rest cannot be deployed at the addresses that were planned`,
        why: `the next transaction would have nonce ${transaction.nonce}, and must have another. Nothing was signed`,
        next: "Remove the record of this preparation under handovers/ and run the command again; what was deployed until now has no power",
        details: { nonce: transaction.nonce, deployer: from },
      });
    },
  };
}
