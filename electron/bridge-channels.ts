/** The whole surface between the sandboxed page and the main process; everything else goes through the contract. */
export const bridgeChannels = {
  chooseFiles: 'dialogs.chooseFiles',
  chooseFolder: 'dialogs.chooseFolder',
  openKeychain: 'keychain.open',
  revealInFileManager: 'files.reveal',
} as const
