// Starts `cablese lsp` for .alg files, and shows a spec in the compiler's other forms beside it.
const vscode = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

const VIEWS = { showServer: ["server", "alg"], showNode: ["node", "alg"], showTex: ["tex", "latex"],
  showPlan: ["plan", "plaintext"], showPython: ["python", "python"] };

let client;

async function show(form, language) {
  const editor = vscode.window.activeTextEditor;
  if (!editor || editor.document.languageId !== "alg") {
    return;
  }
  try {
    const content = await client.sendRequest("workspace/executeCommand", {
      command: "cablese.view", arguments: [editor.document.uri.toString(), form],
    });
    const document = await vscode.workspace.openTextDocument({ content, language });
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true });
  } catch (refused) {
    vscode.window.showErrorMessage(refused.message);
  }
}

async function activate(context) {
  const command = vscode.workspace.getConfiguration("cablese").get("command");
  const server = { command, args: ["lsp"], transport: TransportKind.stdio };
  client = new LanguageClient("cablese", server, { documentSelector: [{ language: "alg" }] });
  for (const [name, [form, language]] of Object.entries(VIEWS)) {
    context.subscriptions.push(vscode.commands.registerCommand(`cablese.${name}`, () => show(form, language)));
  }
  try {
    await client.start();
  } catch (failure) {
    vscode.window.showErrorMessage(
      `${command} lsp does not start (${failure.message}): pip install 'cablese[lsp]', or set cablese.command.`);
  }
}

function deactivate() {
  return client && client.stop();
}

module.exports = { activate, deactivate };
